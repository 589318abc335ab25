using System.Security.Cryptography;
using System.Text.Json.Nodes;
using StreamClips.NodeAgent.Shipping;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Settings;
using StreamClips.Shared.Workers;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.Shipping;

public sealed class ClipFolderTests
{
    private static readonly Guid Process = Guid.NewGuid();
    private TemporaryDirectory _temporary = null!;
    private WorkerDirectory _directory = null!;

    [SetUp]
    public void MakeDirectory()
    {
        _temporary = new TemporaryDirectory();
        _directory = new WorkerDirectory(_temporary.Path);
        Directory.CreateDirectory(_directory.Clips);
    }

    [TearDown]
    public void RemoveDirectory() => _temporary.Dispose();

    [Test]
    public void A_clip_exists_when_its_sidecar_does_and_not_before()
    {
        File.WriteAllText(Path.Combine(_directory.Clips, "a.mp4"), "video");
        File.WriteAllText(Path.Combine(_directory.Clips, "a.json.part"), "{");
        Assert.That(ClipFolder.List(Process, _directory), Is.Empty);

        Make("a");

        var clip = ClipFolder.List(Process, _directory).Single();
        var (read, fault) = ClipFolder.Read(clip);
        Assert.That(read!.Files.Select(f => (f.Kind, f.Name)), Is.EqualTo([("video", "a.mp4"), ("sidecar", "a.json")]), fault);
    }

    [Test]
    public void A_deletion_that_a_crash_cut_short_is_finished_and_the_clip_is_gone()
    {
        Make("a");
        Make("ab");
        File.Move(Path.Combine(_directory.Clips, "a.json"), Path.Combine(_directory.Clips, "a.json.done"));

        Assert.That(ClipFolder.List(Process, _directory).Select(c => c.Name), Is.EqualTo(["ab"]));
        Assert.That(Directory.GetFiles(_directory.Clips).Select(Path.GetFileName).Order(), Is.EqualTo(["ab.json", "ab.mp4"]));
    }

    [Test]
    public void A_clip_is_put_aside_whole_and_its_neighbours_stay()
    {
        Make("a");
        Make("ab");

        ClipFolder.MoveAside(new(Process, _directory.Clips, "a"), ClipFolder.Damaged);

        Assert.That(ClipFolder.List(Process, _directory).Select(c => c.Name), Is.EqualTo(["ab"]));
        Assert.That(Directory.GetFiles(Path.Combine(_directory.Clips, ClipFolder.Damaged)), Has.Length.EqualTo(2));
    }

    [TestCase("../../secret", "elsewhere")]
    [TestCase("/etc/passwd", "elsewhere")]
    [TestCase("..", "elsewhere")]
    [TestCase("gone.mp4", "is missing")]
    public void A_sidecar_that_names_files_elsewhere_or_missing_ones_is_damage(string file, string fault)
    {
        Make("a", file);

        Assert.That(ClipFolder.Read(new(Process, _directory.Clips, "a")).Fault, Does.Contain(fault));
    }

    [TestCase("")]
    [TestCase("null")]
    [TestCase("{}")]
    [TestCase("<html>")]
    public void A_sidecar_that_is_none_is_damage(string text)
    {
        File.WriteAllText(Path.Combine(_directory.Clips, "a.json"), text);

        var (read, fault) = ClipFolder.Read(new(Process, _directory.Clips, "a"));
        Assert.That(read, Is.Null);
        Assert.That(fault, Does.Contain("sidecar"));
    }

    [TestCase("files", "null")]
    [TestCase("files", "[null]")]
    [TestCase("files", """[{"kind":"video","name":null,"size_bytes":5,"sha256":""}]""")]
    [TestCase("files", """[{"kind":null,"name":"a.mp4","size_bytes":5,"sha256":""}]""")]
    [TestCase("files", """[{"kind":"video","name":"a.mp4","size_bytes":5}]""")]
    [TestCase("files", """[{"kind":"video","name":"a\u0000.mp4","size_bytes":5,"sha256":""}]""")]
    [TestCase("streamer", "null")]
    [TestCase("settings", "null")]
    [TestCase("rates", "[null]")]
    [TestCase("top_words", "[{\"count\":1}]")]
    public void A_sidecar_with_null_for_what_it_must_hold_is_damage(string field, string json)
    {
        Make("a");
        var path = Path.Combine(_directory.Clips, "a.json");
        var sidecar = JsonNode.Parse(File.ReadAllText(path))!;
        sidecar[field] = JsonNode.Parse(json);
        File.WriteAllText(path, sidecar.ToJsonString());

        var (read, fault) = ClipFolder.Read(new(Process, _directory.Clips, "a"));

        Assert.That(read, Is.Null);
        Assert.That(fault, Does.Contain("sidecar"));
    }

    [Test]
    public void A_video_that_lost_its_end_is_damage()
    {
        Make("a");
        File.WriteAllText(Path.Combine(_directory.Clips, "a.mp4"), "vid");

        Assert.That(ClipFolder.Read(new(Process, _directory.Clips, "a")).Fault, Is.EqualTo("a.mp4 has 3 bytes instead of 5"));
    }

    internal static void Make(WorkerDirectory directory, string name, string? file = null)
    {
        File.WriteAllText(Path.Combine(directory.Clips, $"{name}.mp4"), "video");
        var at = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var sidecar = new ClipSidecar
        {
            ClipId = Guid.NewGuid(),
            ProcessId = Process,
            StreamerId = Guid.NewGuid(),
            Streamer = "s",
            Url = "https://example.com/s",
            Epoch = 1,
            Start = at,
            End = at,
            Moment = at,
            Peak = at,
            TriggeredAt = at,
            WantedStart = at,
            WantedEnd = at,
            DurationS = 60,
            TimeSource = "arrival",
            Score = 2,
            Reason = "r",
            Detector = "surge",
            Settings = ClipSettings.Default,
            Files = [new("video", file ?? $"{name}.mp4", 5, Convert.ToHexStringLower(SHA256.HashData("video"u8)))],
        };
        File.WriteAllText(Path.Combine(directory.Clips, $"{name}.json"), sidecar.ToJson());
    }

    private void Make(string name, string? file = null) => Make(_directory, name, file);
}
