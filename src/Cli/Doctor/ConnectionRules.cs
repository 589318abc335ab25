using StreamClips.Cli.Output;

namespace StreamClips.Cli.Doctor;

/// <summary>What is seen of the connection means. Pure.</summary>
public static class ConnectionRules
{
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ClockAside = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ClockWrong = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan CertificateSoon = TimeSpan.FromDays(21);
    private static readonly TimeSpan TokenSoon = TimeSpan.FromDays(7);

    /// <summary>How long it took to answer.</summary>
    public static Finding Answer(Uri server, TimeSpan took) => took < Slow
        ? Finding.Ok(Finding.Connection, "reachable", $"{server} answered in {Values.Span(took)}")
        : Finding.Warn(Finding.Connection, "reachable", $"{server} answered only after {Values.Span(took)}", "look at its load, and at the network between");

    /// <summary>This machine's clock against the control plane's, which tells whole seconds.</summary>
    /// <param name="ahead">How far ours is ahead.</param>
    public static Finding Clock(TimeSpan ahead)
    {
        if (ahead.Duration() < ClockAside) return Finding.Ok(Finding.Connection, "own clock", "agrees with the control plane's");
        var seen = $"is {Values.Span(ahead.Duration())} {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} the control plane's";
        const string Remedy = "have both keep time by NTP (chrony or systemd-timesyncd)";
        return ahead.Duration() < ClockWrong ? Finding.Warn(Finding.Connection, "own clock", seen, Remedy) : Finding.Fail(Finding.Connection, "own clock", seen, Remedy);
    }

    /// <summary>The certificate that the control plane shows.</summary>
    public static Finding Certificate(DateTimeOffset until, DateTimeOffset now, string? fault)
    {
        const string Remedy = "renew the certificate in TLS_CERTIFICATE_FILE, or that of the proxy in front";
        if (fault is not null) return Finding.Fail(Finding.Connection, "certificate", fault, "see that it is of an authority that this machine trusts, and for the host of the address");
        if (until <= now) return Finding.Fail(Finding.Connection, "certificate", $"ended at {Values.Time(until)}", Remedy);
        var seen = $"good until {Values.Time(until)}, for {Values.Span(until - now)}";
        return until - now < CertificateSoon ? Finding.Warn(Finding.Connection, "certificate", seen, Remedy) : Finding.Ok(Finding.Connection, "certificate", seen);
    }

    /// <summary>The token that this command uses.</summary>
    /// <param name="user">Whose it is.</param>
    /// <param name="may">The role that it reaches.</param>
    /// <param name="until">When it ends; null: not known.</param>
    /// <param name="now">The time.</param>
    /// <param name="server">Where to sign in again.</param>
    public static Finding Token(string user, string may, DateTimeOffset? until, DateTimeOffset now, Uri server)
    {
        var seen = $"{user}, may do what {may} may{(until is { } end ? $", until {Values.Time(end)}" : "")}";
        return until - now < TokenSoon
            ? Finding.Warn(Finding.Connection, "sign-in", seen, $"sign in again before it ends: streamclips login {server}")
            : Finding.Ok(Finding.Connection, "sign-in", seen);
    }

    /// <summary>The versions of both.</summary>
    public static Finding Version(string ours, string theirs) => ours == theirs
        ? Finding.Ok(Finding.Connection, "version", $"both {Short(ours)}")
        : Finding.Warn(Finding.Connection, "version", $"this command is {Short(ours)}, the control plane {Short(theirs)}", "use those of one version: what one of them has newly learnt the other may not know");

    /// <summary>A version with at most 8 letters of its commit.</summary>
    private static string Short(string version) => version.IndexOf('+', StringComparison.Ordinal) is >= 0 and var at && version.Length > at + 9 ? version[..(at + 9)] : version;
}
