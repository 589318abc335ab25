namespace StreamClips.ControlPlane.ChatRates;

/// <summary>How much was said in a chat, over a time.</summary>
/// <param name="Since">Where the first step begins.</param>
/// <param name="Until">Where the time ends.</param>
/// <param name="StepS">Seconds of a step.</param>
/// <param name="Items">The steps, oldest first, without those in which the chat was not heard at all.</param>
public sealed record ChatRateSeries(DateTimeOffset Since, DateTimeOffset Until, int StepS, IReadOnlyList<ChatRatePoint> Items)
{
    /// <summary>Most steps of an answer.</summary>
    public const int MostSteps = 5000;

    // Of a series that says nothing of its step.
    private const int EnoughSteps = 500;
    private static readonly int[] Steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400];

    /// <summary>For the documentation.</summary>
    public static ChatRateSeries Example { get; } = new(
        DateTimeOffset.Parse("2026-01-31T12:00:00Z"), DateTimeOffset.Parse("2026-01-31T13:00:00Z"), 60,
        [new(DateTimeOffset.Parse("2026-01-31T12:00:00Z"), 2.45, 9, 147, 60), new(DateTimeOffset.Parse("2026-01-31T12:01:00Z"), 7.1, 31, 426, 60)]);

    /// <summary>A step with which so long a time has some hundred points.</summary>
    public static int FittingStep(TimeSpan span) => Steps.FirstOrDefault(s => span.TotalSeconds / s <= EnoughSteps, Steps[^1]);
}

/// <summary>One step.</summary>
/// <param name="At">Where it begins.</param>
/// <param name="Mean">Messages a second, over what was heard of it.</param>
/// <param name="Max">Messages in its loudest second.</param>
/// <param name="Messages">Messages.</param>
/// <param name="HeardS">Seconds of it in which the chat was heard.</param>
public sealed record ChatRatePoint(DateTimeOffset At, double Mean, int Max, long Messages, int HeardS);
