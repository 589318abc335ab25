namespace StreamClips.ControlPlane.Doctor;

/// <summary>How something is.</summary>
public static class Verdict
{
    /// <summary>As it should be.</summary>
    public const string Ok = "ok";

    /// <summary>It works, and somebody should look at it before it does not.</summary>
    public const string Warn = "warn";

    /// <summary>It does not work.</summary>
    public const string Fail = "fail";

    /// <summary>All, best first.</summary>
    public static IReadOnlyList<string> All { get; } = [Ok, Warn, Fail];

    /// <summary>The worst of some; ok where there is none.</summary>
    public static string Worst(IEnumerable<string> verdicts) => verdicts.MaxBy(v => All.ToList().IndexOf(v)) ?? Ok;
}

/// <summary>What one check found.</summary>
/// <param name="Check">What was looked at, in a word or two.</param>
/// <param name="Status">One of <see cref="Verdict"/>.</param>
/// <param name="Seen">What was seen, with its numbers.</param>
/// <param name="Remedy">What to do; empty where nothing is to be done.</param>
public sealed record Finding(string Check, string Status, string Seen, string Remedy)
{
    /// <summary>All is well.</summary>
    public static Finding Ok(string check, string seen) => new(check, Verdict.Ok, seen, "");

    /// <summary>It works for now.</summary>
    public static Finding Warn(string check, string seen, string remedy) => new(check, Verdict.Warn, seen, remedy);

    /// <summary>It does not work.</summary>
    public static Finding Fail(string check, string seen, string remedy) => new(check, Verdict.Fail, seen, remedy);
}

/// <summary>What all checks found.</summary>
/// <param name="Worst">The worst of them: one of <see cref="Verdict"/>.</param>
/// <param name="Version">This control plane's version.</param>
/// <param name="At">When it was looked.</param>
/// <param name="Checks">The findings, in the order in which people read them.</param>
public sealed record DoctorReport(string Worst, string Version, DateTimeOffset At, IReadOnlyList<Finding> Checks)
{
    /// <summary>An example.</summary>
    public static DoctorReport Example { get; } = new(Verdict.Warn, "0.1.0", new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero),
    [
        Finding.Ok("database", "PostgreSQL 17.2 at db.example:5432/streamclips, 120 MiB, answered in 3 ms"),
        Finding.Warn("nodes", "1 of 4 are lost: node-3", "see that the agent runs there and reaches this control plane; retire a node that does not come back"),
    ]);
}
