namespace StreamClips.Storage.Tests;

public sealed class StorageKeyTests
{
    private static readonly DateTimeOffset Day = new(2026, 1, 2, 23, 30, 0, TimeSpan.FromHours(-3));

    [Test]
    public void A_clip_lies_under_its_streamer_and_the_utc_day_it_begins() =>
        Assert.That(StorageKey.OfClip("Some Streamer!", Day, "20260103T023000-ab12", ".MP4").Value,
            Is.EqualTo("some-streamer/2026-01-03/20260103t023000-ab12.mp4"));

    [TestCase("../../etc/passwd", "etc-passwd")]
    [TestCase("..", "x")]
    [TestCase("", "x")]
    [TestCase("   ", "x")]
    [TestCase("/root", "root")]
    [TestCase("a\0b", "a-b")]
    [TestCase("C:\\con", "c-con")]
    [TestCase("%2e%2e%2f", "2e-2e-2f")]
    [TestCase("Shroud_TV", "shroud_tv")]
    public void A_name_becomes_a_harmless_slug(string name, string slug) => Assert.That(StorageKey.Slug(name, "x"), Is.EqualTo(slug));

    [Test]
    public void Names_outside_ascii_keep_apart()
    {
        Assert.That(StorageKey.Slug("加藤", "x"), Does.Match("^x-[0-9a-f]{8}$"));
        Assert.That(StorageKey.Slug("加藤", "x"), Is.Not.EqualTo(StorageKey.Slug("佐藤", "x")));
    }

    [Test]
    public void Long_names_keep_apart_by_their_ends()
    {
        var one = StorageKey.Slug(new string('a', 299) + "1", "x");
        Assert.That(one, Has.Length.LessThanOrEqualTo(StorageKey.MaxPartLength));
        Assert.That(one, Is.Not.EqualTo(StorageKey.Slug(new string('a', 299) + "2", "x")));
    }

    [TestCase("../a")]
    [TestCase("a/../b")]
    [TestCase("/a")]
    [TestCase("a/")]
    [TestCase("a//b")]
    [TestCase(".")]
    [TestCase("a/.b")]
    [TestCase("A")]
    [TestCase("a b")]
    [TestCase("a\\b")]
    [TestCase("a%2fb")]
    [TestCase("a\n")]
    [TestCase("")]
    [TestCase(null)]
    public void A_key_from_elsewhere_that_is_not_quite_right_is_refused(string? text) =>
        Assert.That(StorageKey.TryParse(text, out _), Is.False);

    /// <summary>Whatever names come in, the key is one that <see cref="StorageKey.TryParse"/> takes, and stays below the root.</summary>
    [Test]
    public void No_input_leads_outside_the_root([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        string[] pieces = ["..", "/", "\\", ".", "\0", "a", "Z", "é", "漢", "\ud800", "\udc00", "🎉", "%2e", "~", " ", "\n", "con", "-", "İ", "ß", "\u202e"];
        for (var i = 0; i < 500; i++)
        {
            var key = StorageKey.OfClip(Any(), DateTimeOffset.FromUnixTimeSeconds(random.NextInt64(0, 4_000_000_000)), Any(), Any());
            Assert.That(StorageKey.TryParse(key.Value, out var again) && again == key, $"seed {seed}: {key}");
            Assert.That(new LocalDiskStorage("/base").PathOf(key), Does.StartWith("/base/"));
            Assert.That(Path.GetFullPath(new LocalDiskStorage("/base").PathOf(key)), Is.EqualTo($"/base/{key}"));
        }

        string Any() => random.Next(30) == 0
            ? new string('x', 300)
            : string.Concat(Enumerable.Range(0, random.Next(0, 8)).Select(_ => pieces[random.Next(pieces.Length)]));
    }
}
