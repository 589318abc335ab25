using System.Text.Json.Nodes;
using StreamClips.Cli.Events;
using StreamClips.Testing;

namespace StreamClips.Cli.Tests.Events;

[TestFixture]
internal sealed class EventPrinterTests
{
    private static readonly ManualClock Clock = new();

    [TestCase("channel.live", """{"at":"2026-01-02T03:04:05Z","streamer":"alpha"}""", "alpha         live")]
    [TestCase("process.started", """{"at":"2026-01-02T03:04:05Z","streamer":"alpha","node":"node-1","pid":77}""", "alpha         process started on node-1 (pid 77)")]
    [TestCase("surge", """{"at":"2026-01-02T03:04:05Z","streamer":"alpha","score":3.42,"reason":"3.4× the usual chat: 86 messages"}""", "alpha         surge ×3.4: 86 messages")]
    [TestCase("clip.saved", """{"at":"2026-01-02T03:04:05Z","streamer":"alpha","path":"/clips/a.mp4","duration_s":30.04}""", "alpha         clip saved: /clips/a.mp4 (30.0 s)")]
    public void An_event_is_a_line_for_people(string name, string json, string line)
    {
        using var output = new StringWriter();
        new EventPrinter(output, json: false, Clock).Print(PlatformEvent.TryParse(name, json)!);
        Assert.That(output.ToString().TrimEnd(), Does.EndWith(line));
    }

    [Test]
    public void As_json_an_event_is_one_object_with_its_time_and_name_first()
    {
        using var output = new StringWriter();
        var printer = new EventPrinter(output, json: true, Clock);
        printer.Print(PlatformEvent.TryParse("clip.saved", """{"id":7,"at":"2026-01-02T03:04:05Z","streamer":"alpha","path":"/c.mp4"}""")!);

        Assert.That(output.ToString(), Is.EqualTo("""{"at":"2026-01-02T03:04:05.000Z","event":"clip.saved","streamer":"alpha","path":"/c.mp4"}""" + "\n"));
        Assert.That(printer.Clips, Is.EqualTo(1));
    }

    [Test]
    public void As_json_the_password_is_never_printed_but_its_file_is()
    {
        using var output = new StringWriter();
        new EventPrinter(output, json: true, Clock).Ready("", new Uri("http://127.0.0.1:1/"), "/d", "hush", "/d/secrets/admin-password", []);

        var ready = JsonNode.Parse(output.ToString())!;
        Assert.That(output.ToString(), Does.Not.Contain("hush"));
        Assert.That(ready["event"]!.ToString(), Is.EqualTo("ready"));
        Assert.That(ready["url"]!.ToString(), Is.EqualTo("http://127.0.0.1:1/"));
        Assert.That(ready["password_file"]!.ToString(), Is.EqualTo("/d/secrets/admin-password"));
    }

    [TestCase("""{"streamer":"a"}""")]
    [TestCase("""{"at":"soon"}""")]
    [TestCase("[]")]
    [TestCase("{")]
    public void What_is_no_event_is_passed_over(string json) => Assert.That(PlatformEvent.TryParse("x", json), Is.Null);
}
