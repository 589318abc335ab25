using System.Security.Cryptography;
using System.Text;
using StreamClips.NodeAgent.Host;

namespace StreamClips.NodeAgent.Enrollment;

/// <summary>Which agent this is. A restart on the same directory is the same one; a copy of the directory elsewhere is another.</summary>
/// <param name="Id">32 hexadecimal digits.</param>
public sealed record AgentInstance(string Id)
{
    private const int RandomBytes = 16;
    private const int IdBytes = 16;

    /// <summary>The one of this directory: of something random that is kept in it, and of where it is.</summary>
    /// <param name="directory">The node's directory, without links.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static AgentInstance Of(string directory)
    {
        var path = Path.Combine(directory, "agent-id");
        var kept = File.Exists(path) ? File.ReadAllText(path).Trim() : "";
        if (kept.Length != RandomBytes * 2)
        {
            kept = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(RandomBytes));
            AtomicFile.Write(path, kept, durable: true);
        }

        return new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{kept}\n{directory}")).AsSpan(0, IdBytes)));
    }
}
