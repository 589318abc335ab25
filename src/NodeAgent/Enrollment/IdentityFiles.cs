using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using StreamClips.NodeAgent.Host;

namespace StreamClips.NodeAgent.Enrollment;

/// <summary>
/// The directory <c>identity</c> of a node's directory: <c>node.pem</c> holds key, certificate and CA, replaced as one; <c>pending-key.pem</c> is the
/// key of an enrolment that is under way. It is on the disk before the control plane hears of it, so that an agent that is killed asks again with
/// the same key and gets the same answer. Only their owner reads them, and no key leaves the directory.
/// </summary>
/// <param name="directory">The directory; made where it is missing.</param>
public sealed class IdentityFiles(string directory)
{
    private const long LongestFile = 64 << 10;

    private string Node => Path.Combine(directory, "node.pem");

    private string Pending => Path.Combine(directory, "pending-key.pem");

    /// <summary>The identity; null where the node has none.</summary>
    /// <returns>The identity, or what is wrong with the file and what to do.</returns>
    public (NodeIdentity? Identity, string? Fault) Load()
    {
        try
        {
            if (!File.Exists(Node)) return (null, null);
            if (new FileInfo(Node).Length > LongestFile) return (null, Damaged("it is too long"));
            var text = File.ReadAllText(Node);
            using var key = ECDsa.Create();
            key.ImportFromPem(text);
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPem(text);
            if (certificates.Count != 2) return (null, Damaged($"it holds {certificates.Count} certificates instead of 2"));
            using var bare = certificates[0];
            return (new(bare.CopyWithPrivateKey(key), certificates[1]), null);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            return (null, Damaged(e.Message.TrimEnd('.')));
        }
    }

    /// <summary>Replaces the identity.</summary>
    /// <exception cref="IOException">The directory cannot be written.</exception>
    public void Save(NodeIdentity identity)
    {
        Make();
        using var key = identity.Certificate.GetECDsaPrivateKey()!;
        AtomicFile.Write(Node, $"{key.ExportPkcs8PrivateKeyPem()}\n{identity.Certificate.ExportCertificatePem()}\n{identity.Authority.ExportCertificatePem()}\n", durable: true);
    }

    /// <summary>Forgets the pending key: its enrolment is over, and the identity is saved.</summary>
    /// <exception cref="IOException">The directory cannot be written.</exception>
    public void ForgetPendingKey() => File.Delete(Pending);

    /// <summary>The key of the enrolment that is under way; where none is, a new one.</summary>
    /// <exception cref="IOException">The directory cannot be written.</exception>
    public ECDsa PendingKey()
    {
        Make();
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // One that the identity has already was left by a kill between the two steps of a save: a key is used once.
        if (TryRead(Pending) is { } text && TryImport(key, text) && !IsOfIdentity(key)) return key;
        key.Dispose();
        key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        AtomicFile.Write(Pending, key.ExportPkcs8PrivateKeyPem() + "\n", durable: true);
        return key;
    }

    private bool IsOfIdentity(ECDsa key)
    {
        var (identity, _) = Load();
        return identity is not null && identity.Certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo());
    }

    private void Make() => Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    private string Damaged(string why) => $"{Node} cannot be used ({why}): restore it, or remove it and enrol again with a join token";

    private static string? TryRead(string path) => File.Exists(path) && new FileInfo(path).Length <= LongestFile ? File.ReadAllText(path) : null;

    private static bool TryImport(ECDsa key, string text)
    {
        try
        {
            key.ImportFromPem(text);
            return true;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return false;
        }
    }
}
