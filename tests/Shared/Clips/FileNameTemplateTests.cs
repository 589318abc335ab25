using System.Text;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Settings;

namespace StreamClips.Shared.Tests.Clips;

/// <summary>No template and no name leads a clip anywhere but into its folder, under a name that file systems take.</summary>
[TestFixture]
internal sealed class FileNameTemplateTests
{
    private static readonly NamedClip Clip = new("Some Streamer", new(2026, 1, 2, 5, 4, 5, TimeSpan.FromHours(2)), new(2026, 1, 2, 3, 4, 30, TimeSpan.Zero), 3.44, Guid.Parse("0a1b2c3d-0000-4000-8000-000000000000"));

    [TestCase("{streamer}/{date}/{time}_{score}_{id}", "Some Streamer/2026-01-02/030405_x3.4_0a1b2c3d")]
    [TestCase("highlights/{moment} {streamer}", "highlights/030430 Some Streamer")]
    [TestCase("fixed", "fixed")]
    public void Words_stand_for_facts_of_the_clip(string template, string path)
    {
        Assert.That(FileNameTemplate.Fault(template), Is.Null);
        Assert.That(FileNameTemplate.Render(template, Clip), Is.EqualTo(path));
    }

    [TestCase("{streamr}", "there is no {streamr}: the words are {streamer}, {date}, {time}, {score}, {id}, {moment}")]
    [TestCase("{streamer", "a brace stands alone: write words as {streamer}")]
    [TestCase("a//b", "one of its parts is empty, or dots alone: give each part between two '/' a name")]
    [TestCase("../{id}", "one of its parts is empty, or dots alone: give each part between two '/' a name")]
    [TestCase("/{id}", "one of its parts is empty, or dots alone: give each part between two '/' a name")]
    [TestCase("C:{id}", "it has the character :: file systems refuse it, take it out")]
    [TestCase("a\u0007", "it has the character U+0007: file systems refuse it, take it out")]
    [TestCase("a/b/c/d/e/f/g", "it has 7 parts: give at most 6")]
    public void A_template_that_makes_no_sense_is_refused_with_the_remedy(string template, string fault)
    {
        Assert.That(FileNameTemplate.Fault(template), Is.EqualTo(fault));
        var setting = (ClipSettings.Default with { FileName = template }).Validate().Single();
        Assert.That(setting.Field, Is.EqualTo("file_name"));
        Assert.That(setting.Message, Does.Contain(fault));
    }

    [TestCase("../../etc/passwd", "etc-passwd")]
    [TestCase("...", "clip")]
    [TestCase("", "clip")]
    [TestCase("-rf", "rf")]
    [TestCase("con", "_con")]
    [TestCase("LPT1.txt", "_LPT1.txt")]
    [TestCase("tr\u0065\u0301s", "tres")]
    [TestCase("trés", "trés")]
    [TestCase("a\u202Eb\0c\n", "abc")]
    [TestCase("bell: \"a\\b|c?\"", "bell- -a-b-c--")]
    [TestCase("\uD800x", "x")]
    public void A_name_becomes_one_that_file_systems_take(string text, string safe) => Assert.That(FileNameTemplate.SafePart(text), Is.EqualTo(safe));

    [Test]
    public void A_long_name_is_cut_between_letters()
    {
        var safe = FileNameTemplate.SafePart(string.Concat(Enumerable.Repeat("👩‍🚀é", 100)));
        Assert.That(Encoding.UTF8.GetByteCount(safe), Is.InRange(150, FileNameTemplate.MaxPartBytes));
        Assert.That(safe, Does.Not.Contain('\uFFFD'));
    }

    [Test]
    public void Hostile_names_and_templates_never_leave_the_folder()
    {
        var random = new Random(5);
        string[] pieces = ["/", "\\", "..", ".", "~", "\0", "\n", "CON", "nul.", "{streamer}", "{id}", "{", "}", "{score}", " ", "é", "e\u0301", "\uD83D", "\uDE00", "👩‍🚀", "-", "\u202E", "$(x)", "%2f", "\uFF0F", "a", "｡", "\u00A0", "COM¹"];
        var root = Path.Combine(Path.GetTempPath(), "root");
        for (var i = 0; i < 20_000; i++)
        {
            var path = FileNameTemplate.Render(Made(6), Clip with { Streamer = Made(40), Score = random.Next(3) == 0 ? double.NaN : random.NextDouble() * 1e9 });
            var parts = path.Split('/');
            Assert.That(Path.GetFullPath(Path.Combine(root, path + ".mp4")), Does.StartWith(root + "/"), path);
            Assert.That(parts, Has.Length.InRange(1, FileNameTemplate.MaxParts));
            foreach (var part in parts)
            {
                Assert.That(Encoding.UTF8.GetByteCount(part), Is.InRange(1, FileNameTemplate.MaxPartBytes), path);
                Assert.That(part, Is.EqualTo(part.Trim(' ', '.')).And.Not.StartsWith("-"));
                Assert.That(part.Any(c => c is >= '\u0300' and <= '\u036F'), Is.False);
                Assert.That(part.Any(c => char.IsControl(c) || "\\:*?\"<>|".Contains(c, StringComparison.Ordinal)), Is.False);
                // A longest name with the mark that tells it from a device's is cut by one more letter.
                if (!part.StartsWith('_')) Assert.That(part, Is.EqualTo(FileNameTemplate.SafePart(part)), "safe names stay as they are");
            }
        }

        string Made(int most) => string.Concat(Enumerable.Range(0, random.Next(most)).Select(_ => pieces[random.Next(pieces.Length)]));
    }
}
