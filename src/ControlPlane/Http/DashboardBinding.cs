using System.Net;

namespace StreamClips.ControlPlane.Http;

/// <summary>
/// Where API and dashboard listen, and who provides TLS. What others reach is refused without either: passwords and
/// cookies would cross the network in the clear.
/// </summary>
public sealed record DashboardBinding
{
    /// <summary>The address to listen on; loopback unless told otherwise. <c>DASHBOARD_ADDRESS</c>.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>PEM file of the certificate, its chain after it; null: no TLS here. <c>TLS_CERTIFICATE_FILE</c>.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file of its key. <c>TLS_KEY_FILE</c>.</summary>
    public string? KeyFile { get; init; }

    /// <summary>The addresses of the proxies that provide TLS in front; empty: there is none. <c>BEHIND_PROXY</c>.</summary>
    public IReadOnlyList<IPNetwork> Proxies { get; init; } = [];

    /// <summary>Reads the variables.</summary>
    /// <param name="text">Looks up a variable; null: it is not set.</param>
    /// <param name="faults">Where every fault goes.</param>
    public static DashboardBinding Read(Func<string, string?> text, List<string> faults)
    {
        var address = IPAddress.Loopback;
        if (text("DASHBOARD_ADDRESS") is { } given && !IPAddress.TryParse(given, out address!))
        {
            faults.Add($"DASHBOARD_ADDRESS is '{given}': give an IP address of this machine, or 0.0.0.0 for all");
            address = IPAddress.Loopback;
        }

        var (certificate, key) = (text("TLS_CERTIFICATE_FILE"), text("TLS_KEY_FILE"));
        if (certificate is null != key is null) faults.Add("TLS_CERTIFICATE_FILE and TLS_KEY_FILE belong together: give both, or neither");
        else if (certificate is not null && CertificateFiles.Fault(certificate, key!) is { } fault) faults.Add(fault);
        var proxies = new List<IPNetwork>();
        var behind = text("BEHIND_PROXY");
        var names = (behind ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (behind is not null && names.Length == 0) faults.Add($"BEHIND_PROXY is '{behind}' and names no proxy: give its address or network, as 10.0.0.7 or 10.0.0.0/24, or leave it out");
        foreach (var name in names)
        {
            if (IPNetwork.TryParse(name, out var network)) proxies.Add(network);
            else if (IPAddress.TryParse(name, out var single)) proxies.Add(new IPNetwork(single, single.GetAddressBytes().Length * 8));
            else faults.Add($"BEHIND_PROXY holds '{name}': give the proxy's address or network, as 10.0.0.7 or 10.0.0.0/24, with commas in between");
        }

        if (!IPAddress.IsLoopback(address) && certificate is null && names.Length == 0)
        {
            faults.Add($"DASHBOARD_ADDRESS is '{address}', which others reach, and nothing provides TLS: give TLS_CERTIFICATE_FILE and TLS_KEY_FILE, "
                + "or name the proxy in front that does with BEHIND_PROXY (its address or network), or listen on 127.0.0.1");
        }

        return new() { Address = address, CertificateFile = certificate, KeyFile = key, Proxies = proxies };
    }
}
