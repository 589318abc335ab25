using StreamClips.ControlPlane.Clips;

namespace StreamClips.ControlPlane.Tests.Clips;

public sealed class ClipTagTests
{
    [TestCase("Ace", "ace")]
    [TestCase("  Clutch   Play\t1v5 ", "clutch play 1v5")]
    [TestCase("Ünïcödé 🎉", "ünïcödé 🎉")]
    public void A_tag_has_one_form(string text, string tag) => Assert.That(ClipTags.Normalise(text), Is.EqualTo((tag, (string?)null)));

    [TestCase("", "give 1 to 40")]
    [TestCase("   ", "give 1 to 40")]
    [TestCase("a,b", "a comma")]
    [TestCase("a\u0000b", "not seen")]
    [TestCase("a\u200Bb", "not seen")]
    public void What_is_no_tag_is_named(string text, string fault) => Assert.That(ClipTags.Normalise(text).Fault, Does.Contain(fault));

    [Test]
    public void Tags_are_few_and_short()
    {
        Assert.That(ClipTags.Normalise(new string('x', 41)).Fault, Does.Contain("41 characters: give 1 to 40"));
        Assert.That(ClipTags.Normalise(new string('x', 1_000_000)).Fault, Does.Contain("1000000 characters"));
        Assert.That(ClipTags.Split(string.Join(',', Enumerable.Range(0, 21))).Faults, Is.EqualTo(new[] { "there are 21 tags: give at most 20" }));
        Assert.That(ClipTags.Normalise($"a{(char)0xD83C}").Fault, Does.Contain("half of a surrogate pair"));
        Assert.That(ClipTags.Split("b, A ,b,a").Tags, Is.EqualTo(new[] { "b", "a" }));
        Assert.That(new ClipEdit { AddTags = ["new"] }.Apply(new(false, [.. Enumerable.Range(0, 20).Select(i => $"{i}")], "")), Is.Null);
    }

    [Test]
    public void Whatever_is_given_a_tag_that_is_taken_is_its_own_form([Values(1, 2)] int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 20_000; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(0, 50)).Select(_ => (char)random.Next(0, random.Next(2) == 0 ? 128 : 0x10000))]);
            var (tag, fault) = ClipTags.Normalise(text);
            Assert.That(tag is null, Is.EqualTo(fault is not null));
            if (tag is not null) Assert.That(ClipTags.Normalise(tag).Tag, Is.EqualTo(tag), $"of {Convert.ToHexString(System.Text.Encoding.BigEndianUnicode.GetBytes(text))}");
        }
    }

    [Test]
    public void What_people_said_of_clips_that_become_one_is_all_said_of_it() =>
        Assert.That(ClipMarks.Joined([new(false, ["a", "b"], "one"), new(true, ["b", "c"], ""), new(false, [], "two"), new(false, [], "one")]).Same(new(true, ["a", "b", "c"], "one\ntwo")));
}
