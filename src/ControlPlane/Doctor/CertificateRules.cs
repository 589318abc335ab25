using StreamClips.Shared.Trust;

namespace StreamClips.ControlPlane.Doctor;

/// <summary>What the ends of certificates mean. Pure.</summary>
public static class CertificateRules
{
    private static readonly TimeSpan AuthoritySoon = TimeSpan.FromDays(180);
    private static readonly TimeSpan DashboardSoon = TimeSpan.FromDays(21);

    /// <summary>The CA of the nodes.</summary>
    public static Finding Authority(DateTimeOffset until, DateTimeOffset now) => Of(
        "CA of the nodes", until, now, AuthoritySoon, "`delete from authority` in the database makes a new CA at the next start, and every node enrols again with a join token: plan it");

    /// <summary>The certificate of the dashboard and the API.</summary>
    public static Finding Dashboard(DateTimeOffset until, DateTimeOffset now) => Of(
        "dashboard's certificate", until, now, DashboardSoon, "renew it, and put it into the files of TLS_CERTIFICATE_FILE and TLS_KEY_FILE: they are read again by themselves");

    private static Finding Of(string check, DateTimeOffset until, DateTimeOffset now, TimeSpan soon, string remedy)
    {
        if (until <= now) return Finding.Fail(check, $"ended at {CertificateCheck.Words(until)}", remedy);
        var seen = $"good until {CertificateCheck.Words(until)}, {Words.Length(until - now)} from now";
        return until - now < soon ? Finding.Warn(check, seen, remedy) : Finding.Ok(check, seen);
    }
}
