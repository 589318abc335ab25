using System.Globalization;
using System.Text.Json;
using StreamClips.Bench.Load;

namespace StreamClips.Bench.Worker;

/// <summary>
/// How much of the time rising chats keep the recorder armed, and how many clips' segments it can still have: recorded chats
/// replayed (<c>replay --reach</c>) beside playlists of some lengths whose origin keeps segments no longer than it must.
/// </summary>
internal static class ArmingFigures
{
    private const string Folder = "CHAT_LOGS";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Replays the chats (<c>*.chat.ndjson</c>) of the folder that CHAT_LOGS names. Nothing where it names none.</summary>
    public static async Task<IReadOnlyList<BenchFigure>> MeasureAsync(BenchContext context, CancellationToken ct)
    {
        if (Environment.GetEnvironmentVariable(Folder) is not { Length: > 0 } folder)
        {
            await context.Progress.WriteLineAsync($"armed_share and clips_in_reach were not measured: {Folder} names no folder with recorded chats (*.chat.ndjson)");
            return [];
        }

        var files = Directory.GetFiles(folder, "*.chat.ndjson").Order(StringComparer.Ordinal).ToList();
        if (files.Count == 0) throw new InvalidOperationException($"{Folder} is '{folder}', which holds no *.chat.ndjson");
        var figures = new List<BenchFigure>();
        foreach (var (playlist, suffix) in new[] { (30, ""), (12, "_playlist_12s"), (60, "_playlist_60s") })
        {
            var results = new List<Reach>();
            foreach (var file in files) results.Add(await ReplayAsync(file, playlist, ct));
            figures.Add(new("armed_share" + suffix, results.Sum(r => r.ArmedShare * r.Seconds) / results.Sum(r => r.Seconds), "of the time"));
            figures.Add(new("clips_in_reach" + suffix, (double)results.Sum(r => r.InReach) / Math.Max(1, results.Sum(r => r.Clips)), "of the clips"));
        }

        return figures;
    }

    private static async Task<Reach> ReplayAsync(string file, int playlist, CancellationToken ct)
    {
        string[] arguments = ["replay", file, "--format", "ndjson", "--reach", playlist.ToString(CultureInfo.InvariantCulture)];
        var (output, fault) = await BenchProcess.RunAsync(WorkerFleet.Program, arguments, Path.GetDirectoryName(file)!, Deadline, ct);
        if (output is null) throw new InvalidOperationException($"{file} cannot be replayed: {fault}");
        var last = JsonSerializer.Deserialize<JsonElement>(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
        return new(last.GetProperty("seconds").GetDouble(), last.GetProperty("armed_share").GetDouble(), last.GetProperty("clips").GetInt32(), last.GetProperty("clips_in_reach").GetInt32());
    }

    private sealed record Reach(double Seconds, double ArmedShare, int Clips, int InReach);
}
