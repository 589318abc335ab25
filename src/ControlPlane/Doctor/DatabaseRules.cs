using StreamClips.ControlPlane.Database;

namespace StreamClips.ControlPlane.Doctor;

/// <summary>What facts of the database, the clocks and the disks mean. Pure.</summary>
public static class DatabaseRules
{
    private const int Oldest = PostgresInstallation.OldestMajor * 10_000;
    private const long LittleBytes = 5L << 30;
    private const long NoneBytes = 512L << 20;
    private static readonly TimeSpan SlowAnswer = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ClockAside = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ClockWrong = TimeSpan.FromSeconds(30);

    /// <summary>The database itself.</summary>
    /// <param name="address">Where it is, without credentials.</param>
    /// <param name="facts">What it says.</param>
    /// <param name="took">How long the answer took.</param>
    public static Finding Database(string address, DatabaseFacts facts, TimeSpan took)
    {
        var seen = $"PostgreSQL {facts.Version} at {address}, {Words.Size(facts.SizeBytes)}, answered in {took.TotalMilliseconds:0} ms";
        if (facts.VersionNumber < Oldest) return Finding.Fail("database", seen, $"PostgreSQL {PostgresInstallation.OldestMajor} or newer is needed: upgrade it");
        if (facts.ReadOnly) return Finding.Fail("database", $"{seen}, and only reads", "it is a standby or was made read-only: name its primary in DATABASE_URL, or several hosts with target_session_attrs=read-write");
        return took > SlowAnswer ? Finding.Warn("database", seen, "a plain question should take a few ms: look at its load, its disk and the network between") : Finding.Ok("database", seen);
    }

    /// <summary>The schema.</summary>
    /// <param name="applied">What ran.</param>
    /// <param name="steps">What is built in.</param>
    /// <param name="refusal">Why this program would not start on it; null: it would.</param>
    public static Finding Schema(int applied, int steps, string? refusal) => refusal is not null
        ? Finding.Fail("schema", $"{applied} of {steps} steps", refusal)
        : applied < steps
            ? Finding.Fail("schema", $"{applied} of {steps} steps", "start the control plane again: it brings the schema forward")
            : Finding.Ok("schema", $"all {steps} steps");

    /// <summary>The control plane's clock against the database's.</summary>
    /// <param name="ahead">How far ours is ahead.</param>
    public static Finding Clock(TimeSpan ahead)
    {
        var seen = $"{Words.Aside(ahead)} the database's";
        if (ahead.Duration() < ClockAside) return Finding.Ok("clock", seen);
        const string Remedy = "have both machines keep time by NTP (chrony or systemd-timesyncd): leases, sessions and certificates go by it";
        return ahead.Duration() < ClockWrong ? Finding.Warn("clock", seen, Remedy) : Finding.Fail("clock", seen, Remedy);
    }

    /// <summary>A disk.</summary>
    /// <param name="path">A directory on it.</param>
    /// <param name="freeBytes">Free for us.</param>
    /// <param name="totalBytes">Its size.</param>
    public static Finding Disk(string path, long freeBytes, long totalBytes)
    {
        var seen = $"{Words.Size(freeBytes)} of {Words.Size(totalBytes)} are free at {path}";
        if (freeBytes < NoneBytes) return Finding.Fail("disk", seen, "free some space, or move DATA_DIRECTORY: the database stops when there is none");
        return freeBytes < Math.Min(LittleBytes, totalBytes / 10) ? Finding.Warn("disk", seen, "free some space before there is none") : Finding.Ok("disk", seen);
    }

    /// <summary>The streamers that wait.</summary>
    public static Finding Streamers(WaitingFacts facts) => facts.Waiting == 0
        ? Finding.Ok("streamers", $"{facts.Active} active, none waits")
        : Finding.Warn("streamers", $"{facts.Waiting} of {facts.Active} active run nowhere, as: {facts.Why}", "streamclips streamers list tells of each why it waits; add nodes, or look at those that are there");
}
