using System.Security.Cryptography;
using System.Text.Json.Nodes;
using StreamClips.Cli.Clips;
using StreamClips.Testing;

namespace StreamClips.Cli.Tests.Clips;

public sealed class ResumedFileTests
{
    private static readonly byte[] Content = RandomNumberGenerator.GetBytes(700_000);
    private static readonly string Hash = Convert.ToHexStringLower(SHA256.HashData(Content));
    private readonly List<long> _asked = [];
    private TemporaryDirectory _directory = null!;

    private string Target => _directory["clip.mp4"];

    [SetUp]
    public void MakeDirectory()
    {
        _directory = new();
        _asked.Clear();
    }

    [TearDown]
    public void RemoveDirectory() => _directory.Dispose();

    [Test]
    public async Task A_file_that_is_cut_short_again_and_again_is_gone_on_with_where_it_was()
    {
        for (var i = 0; i < 3; i++)
        {
            var cut = Assert.ThrowsAsync<CommandException>(() => FetchAsync(from => Content.AsMemory((int)from, Math.Min(200_000, Content.Length - (int)from))));
            Assert.That(cut!.Message, Does.Contain($"the connection ended after {(i + 1) * 200_000} of 700000 bytes").And.Contain("used when you try again"));
            Assert.That(File.Exists(Target), Is.False, "it has its name only when it is whole");
        }

        Assert.That(await FetchAsync(Rest), Is.False);
        Assert.That(_asked, Is.EqualTo(new[] { 0L, 200_000, 400_000, 600_000 }));
        Assert.That(await File.ReadAllBytesAsync(Target), Is.EqualTo(Content));
        Assert.That(File.Exists(Target + ".part"), Is.False);
        Assert.That(await FetchAsync(Rest), Is.True, "it is there already");
        Assert.That(_asked, Has.Count.EqualTo(4));
    }

    [Test]
    public async Task A_part_of_another_file_is_thrown_away_and_a_source_without_ranges_begins_anew()
    {
        await File.WriteAllBytesAsync(Target + ".part", new byte[1000]);
        await File.WriteAllBytesAsync(Target, [1, 2, 3]);
        Assert.That(await FetchAsync(Rest), Is.False);
        Assert.That(_asked, Is.EqualTo(new[] { 1000L, 0 }));
        Assert.That(await File.ReadAllBytesAsync(Target), Is.EqualTo(Content));

        File.Delete(Target);
        await File.WriteAllBytesAsync(Target + ".part", Content.AsMemory(0, 5000).ToArray());
        Assert.That(await new ResumedFile(Target, Content.Length, Hash).FetchAsync((_, _) => Task.FromResult(((Stream)new MemoryStream(Content), 0L)), (_, _) => { }, TimeProvider.System, CancellationToken.None), Is.False);
        Assert.That(await File.ReadAllBytesAsync(Target), Is.EqualTo(Content));
    }

    [Test]
    public void What_is_not_what_was_stored_gets_no_name()
    {
        var wrong = (byte[])Content.Clone();
        wrong[^1] ^= 1;
        Assert.That(Assert.ThrowsAsync<CommandException>(() => FetchAsync(from => wrong.AsMemory((int)from)))!.Message, Does.Contain("another SHA-256"));
        Assert.That(Assert.ThrowsAsync<CommandException>(() => FetchAsync(_ => new byte[700_001]))!.Message, Does.Contain("more than its 700000 bytes came"));
        Assert.That(File.Exists(Target), Is.False);
    }

    [TestCase("Ada", "Ada-20260102-030405-0c1d2e3f.mp4")]
    [TestCase("../../etc/passwd", "etc-passwd-20260102-030405-0c1d2e3f.mp4")]
    [TestCase("\u0000\n/", "clip-20260102-030405-0c1d2e3f.mp4")]
    public void A_files_name_is_one_name_whatever_the_streamer_is_called(string streamer, string name) =>
        Assert.That(ClipFileName.Of(new JsonObject { ["id"] = "0193a1b2-c3d4-7e5f-8a9b-00000c1d2e3f", ["streamer"] = streamer, ["moment_at"] = "2026-01-02T03:04:05Z" }), Is.EqualTo(name));

    private static ReadOnlyMemory<byte> Rest(long from) => Content.AsMemory((int)from);

    private Task<bool> FetchAsync(Func<long, ReadOnlyMemory<byte>> bytes) => new ResumedFile(Target, Content.Length, Hash).FetchAsync(
        (from, _) =>
        {
            _asked.Add(from);
            return Task.FromResult(((Stream)new MemoryStream(bytes(from).ToArray()), from));
        }, (_, _) => { }, TimeProvider.System, CancellationToken.None);
}
