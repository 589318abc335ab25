using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using StreamClips.ControlPlane.Enrollment;
using StreamClips.ControlPlane.Secrets;
using StreamClips.Shared.Trust;

namespace StreamClips.ControlPlane.Tests.Enrollment;

/// <summary>What strangers may send before they are known: requests, tokens. And the box that secrets lie in.</summary>
public sealed class ParserTests
{
    [Test]
    public void A_request_for_a_key_of_ours_is_read()
    {
        using var key = TestNode.Key();
        var (request, fault) = SigningRequest.Parse(TestNode.SigningRequest(key));

        Assert.That(fault, Is.Empty);
        Assert.That(request!.KeyHash, Is.EqualTo(SHA256.HashData(key.ExportSubjectPublicKeyInfo())));
    }

    [Test]
    public void Other_keys_and_unsigned_requests_are_refused_with_what_to_send()
    {
        using var rsa = RSA.Create(2048);
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var key = TestNode.Key();
        var forged = TestNode.SigningRequest(key);
        forged[^1] ^= 1;
        var longer = TestNode.SigningRequest(key).Append((byte)0).ToArray();

        Assert.That(SigningRequest.Parse(new CertificateRequest("CN=x", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequest()).Fault, Does.Contain("P-256"));
        Assert.That(SigningRequest.Parse(new CertificateRequest("CN=x", p384, HashAlgorithmName.SHA384).CreateSigningRequest()).Fault, Does.Contain("another curve"));
        Assert.That(SigningRequest.Parse(forged).Fault, Does.Contain("cannot be read"));
        Assert.That(SigningRequest.Parse(longer).Fault, Does.Contain("1 bytes too many"));
        Assert.That(SigningRequest.Parse([]).Fault, Does.Contain("has 0 bytes"));
        Assert.That(SigningRequest.Parse(new byte[SigningRequest.LongestBytes + 1]).Fault, Does.Contain("has 4097 bytes"));
    }

    [Test]
    public void Damaged_requests_are_refused_and_throw_nothing()
    {
        using var key = TestNode.Key();
        var good = TestNode.SigningRequest(key);
        var random = new Random(20261122);
        for (var i = 0; i < 3000; i++)
        {
            var bytes = random.Next(3) == 0 ? new byte[random.Next(400)] : good[..random.Next(1, good.Length + 1)].ToArray();
            if (bytes.Length != good.Length && random.Next(2) == 0) random.NextBytes(bytes);
            for (var flips = random.Next(1, 6); flips > 0 && bytes.Length > 0; flips--) bytes[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);
            var (request, fault) = SigningRequest.Parse(bytes);
            if (bytes.AsSpan().SequenceEqual(good)) continue;
            Assert.That(request, Is.Null, $"seed 20261122, round {i}");
            Assert.That(fault, Does.StartWith("signing_request "));
        }
    }

    [Test]
    public void A_token_survives_its_text_and_damaged_texts_are_refused_without_being_repeated()
    {
        var token = JoinToken.Make(RandomNumberGenerator.GetBytes(32));
        var (read, _) = JoinToken.Parse($"  {token.Text}\n");
        Assert.That((read!.Hash, read.Authority), Is.EqualTo((token.Hash, token.Authority)));

        var random = new Random(20261122);
        for (var i = 0; i < 3000; i++)
        {
            var text = token.Text.ToCharArray();
            for (var changes = random.Next(1, 4); changes > 0; changes--) text[random.Next(text.Length)] = (char)random.Next(1, random.Next(2) == 0 ? 127 : 0xffff);
            var damaged = new string(text)[..random.Next(text.Length + 1)];
            var (parsed, fault) = JoinToken.Parse(damaged);
            if (parsed is null) Assert.That(damaged.Length < 10 || !fault.Contains(damaged, StringComparison.Ordinal), Is.True, fault);
            else Assert.That(parsed.Text.TrimEnd('='), Has.Length.EqualTo(token.Text.Length), "only a whole one is read");
        }

        Assert.That(JoinToken.Parse(new string('x', 100_000)).Fault, Does.Contain("100000 characters"));
        Assert.That(JoinToken.Parse(" \n").Fault, Does.Contain("is empty"));
    }

    [Test]
    public void A_box_opens_with_its_secret_and_purpose_alone_and_notices_every_changed_byte()
    {
        var plain = "the key of the CA"u8.ToArray();
        var secret = new SecretKey("one secret of thirty two characters"u8.ToArray());
        var box = secret.Seal("a purpose", plain);

        Assert.That(secret.Open("a purpose", box), Is.EqualTo(plain));
        Assert.That(secret.Open("another purpose", box), Is.Null);
        Assert.That(new SecretKey("another secret of thirty two letters"u8.ToArray()).Open("a purpose", box), Is.Null);
        Assert.That(secret.Seal("a purpose", plain), Is.Not.EqualTo(box), "no two boxes are alike");
        for (var i = 0; i < box.Length; i++)
        {
            box[i] ^= 1;
            Assert.That(secret.Open("a purpose", box), Is.Null, $"byte {i}");
            Assert.That(secret.Open("a purpose", box[..i]), Is.Null, $"cut at {i}");
            box[i] ^= 1;
        }
    }

    [TestCase("node-1", "node-1")]
    [TestCase("Node 1", null)]
    [TestCase("node-1,O=StreamClips node", null)]
    public void Only_a_proper_subject_names_a_node(string common, string? node)
    {
        using var key = TestNode.Key();
        var subject = new X500DistinguishedNameBuilder();
        subject.AddOrganizationName(NodeName.Organisation);
        subject.AddCommonName(common);
        using var certificate = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        Assert.That(NodeName.Of(certificate), Is.EqualTo(node));
    }
}
