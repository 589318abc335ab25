using System.Text;
using StreamClips.ClipWorker.Chat;

namespace StreamClips.ClipWorker.Tests.Chat;

[TestFixture]
internal sealed class ChatHashTests
{
    [TestCase("")]
    [TestCase("u7")]
    [TestCase("12345678")]
    [TestCase("885196de-cb67-427a-baa8-82f9b0fcd05f")]
    [TestCase("名前🎉")]
    public void A_text_has_the_hash_of_its_bytes(string name) => Assert.That(ChatHash.Of(name), Is.EqualTo(ChatHash.Of(Encoding.UTF8.GetBytes(name))));

    [Test]
    public void Only_no_name_is_nobody()
    {
        Assert.That(ChatHash.Of(""), Is.EqualTo(ChatHash.Nobody));
        Assert.That(ChatHash.Of("\0"), Is.Not.EqualTo(ChatHash.Nobody));
        Assert.That(new[] { "\0", "\0\0", "a", "a\0" }.Select(n => ChatHash.Of(n)), Is.Unique);
    }

    [Test]
    public void A_long_name_is_hashed_whole() =>
        Assert.That(ChatHash.Of(new string('a', 100_000) + "b"), Is.Not.EqualTo(ChatHash.Of(new string('a', 100_000) + "c")));

    [Test]
    public void Names_that_are_alike_are_spread_evenly()
    {
        // A table of so many places that is found by some bits of the hash gets about as many of each: names count up.
        var hashes = Enumerable.Range(0, 100_000).Select(i => ChatHash.Of($"u{i}")).ToList();
        Assert.That(hashes, Is.Unique);
        foreach (var shift in new[] { 0, 17, 40, 52 })
            Assert.That(hashes.GroupBy(h => (h >> shift) & 255).Select(g => g.Count()), Has.Exactly(256).InRange(250, 550), $"bits from {shift} on");
    }
}
