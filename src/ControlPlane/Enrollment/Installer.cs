using System.Security.Cryptography;
using System.Text;
using StreamClips.ControlPlane.Http;
using StreamClips.Shared.Trust;

namespace StreamClips.ControlPlane.Enrollment;

/// <summary>The agent's package as it lies there.</summary>
/// <param name="Path">The file, a gzipped tar.</param>
/// <param name="Sha256">Lower-case hex.</param>
public sealed record AgentPackage(string Path, string Sha256);

/// <summary>
/// What puts an agent on a bare server: a script that knows this control plane, its CA and the checksum of its agent's package. All of it is
/// public; the line that runs the script checks its SHA-256, so that it matters little over which connection it came.
/// </summary>
public sealed class Installer(ControlPlaneOptions options, AuthorityService authority, AgentsPort port)
{
    private readonly Lock _lock = new();
    private (DateTime Written, long Length, string Sha256) _known;

    /// <summary>The script.</summary>
    public string Script() => Resource("install.sh")
        .Replace("@CONTROL_PLANE_URL@", string.Join(',', Urls), StringComparison.Ordinal)
        .Replace("@PACKAGE_SHA256@", Package()?.Sha256 ?? "", StringComparison.Ordinal)
        .Replace("@AUTHORITY_PEM@", authority.Authority.Certificate.ExportCertificatePem(), StringComparison.Ordinal)
        .Replace("@UNIT@", Resource("node-agent.service").TrimEnd(), StringComparison.Ordinal)
        .Replace("@CGROUPS@", Resource("cgroups.conf").TrimEnd(), StringComparison.Ordinal);

    /// <summary>The line that runs it on a server, as root. Holds no secret: the script asks for the token.</summary>
    /// <param name="node">The node's name; null: the script takes the host's.</param>
    public string Line(string? node)
    {
        var sha256 = CertificateCheck.Words(SHA256.HashData(Encoding.UTF8.GetBytes(Script())));
        // Not verified by curl, which does not know the CA yet: the checksum is.
        return $"curl -fsSk {Urls[0]}/install -o install.sh && echo '{sha256}  install.sh' | sha256sum -c --quiet && sh install.sh{(node is null ? "" : $" --node {node}")}";
    }

    /// <summary>The package; null where there is none to give.</summary>
    public AgentPackage? Package()
    {
        if (options.AgentPackage.Length == 0) return null;
        var file = new FileInfo(options.AgentPackage);
        if (!file.Exists) return null;
        lock (_lock)
        {
            if (_known.Sha256 is null || _known.Written != file.LastWriteTimeUtc || _known.Length != file.Length)
            {
                using var content = file.OpenRead();
                _known = (file.LastWriteTimeUtc, file.Length, Convert.ToHexStringLower(SHA256.HashData(content)));
            }

            return new(file.FullName, _known.Sha256);
        }
    }

    private IReadOnlyList<string> Urls => options.AgentsUrls(port.Number);

    private static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(Installer).Assembly.GetManifestResourceStream($"install/{name}")!);
        return reader.ReadToEnd();
    }
}

/// <summary>The installer over HTTP, on both ports and for everybody.</summary>
public static class InstallEndpoints
{
    /// <summary>Adds <c>/install</c> and the agent's package.</summary>
    public static IEndpointRouteBuilder MapInstall(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/install", (Installer installer) => Results.Text(installer.Script(), "text/x-shellscript")).AllowAnonymous()
            .Doc("getInstaller", "Gets the script that puts an agent on a server").Answers(200, "#!/bin/sh\n", "The script.", "text/x-shellscript");
        routes.MapGet("/install/agent.tar.gz", (Installer installer) => installer.Package() is { } package
            ? Results.File(package.Path, "application/gzip", "agent.tar.gz")
            : Problems.Of(404, "there is no agent package here", "make one with ./streamclips agent-package FILE, and name it with AGENT_PACKAGE")).AllowAnonymous()
            .Doc("getAgentPackage", "Gets the agent's package").Sends(200, "application/gzip", "The package.").Refuses(404, "There is no package here.");
        return routes;
    }
}
