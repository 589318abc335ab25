using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using StreamClips.ControlPlane.Dashboard;
using StreamClips.ControlPlane.Dashboard.Logs;
using StreamClips.ControlPlane.Dashboard.Parts;
using StreamClips.ControlPlane.Dashboard.Streamers;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Processes;
using StreamClips.ControlPlane.Streamers;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Tests.Dashboard;

public sealed class DashboardRulesTests
{
    [TestCase(-5, "just now")]
    [TestCase(59, "just now")]
    [TestCase(60, "1 min ago")]
    [TestCase(3599, "59 min ago")]
    [TestCase(7200, "2 h ago")]
    [TestCase(172_800, "2 d ago")]
    public void An_age_is_told_coarsely_and_never_lies_in_the_future(double seconds, string words) =>
        Assert.That(Words.Ago(TimeSpan.FromSeconds(seconds)), Is.EqualTo(words));

    [TestCase(59.6, "1:00")]
    [TestCase(7.2, "0:07")]
    [TestCase(3661, "1:01:01")]
    public void A_length_reads_as_on_a_player(double seconds, string words) => Assert.That(Words.Length(seconds), Is.EqualTo(words));

    [TestCase(999, "999 B")]
    [TestCase(1023, "1.0 KiB")]
    [TestCase(160_000_000_000, "149 GiB")]
    public void A_size_has_two_or_three_figures(long bytes, string words) => Assert.That(Words.Size(bytes), Is.EqualTo(words));

    [Test]
    public void Every_state_and_every_phase_has_a_word_a_shape_and_a_meaning()
    {
        var states = Constants(typeof(ProcessState)).Select(s => StateView.OfProcess(s, null));
        var phases = Constants(typeof(WorkerPhase)).Select(p => StateView.OfProcess(ProcessState.Running, p));

        Assert.That(states.Concat(phases).Where(v => v.Meaning.Contains("this version does not know", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void A_form_tells_all_its_faults_at_once_as_one_reads_them_beside_the_field()
    {
        var form = StreamerForm.Empty(ClipSettings.Default).With(new FormCollection(new Dictionary<string, StringValues>
        {
            ["name"] = " ", ["url"] = "ftp://x/y", ["settings.surge_threshold"] = "2,5", ["settings.clip_duration"] = "1e999",
        }));

        var (body, noNumbers) = form.ToBody();
        var draft = StreamerBody.Read(body, ClipSettings.Default, activeOtherwise: false);
        var faults = form.With(body.Faults, noNumbers).Faults;

        Assert.That(draft, Is.Null);
        Assert.That(faults.Keys, Is.EquivalentTo(["name", "url", "settings.surge_threshold", "settings.clip_duration"]));
        Assert.That(faults["url"].Single(), Does.StartWith("This is 'ftp://x/y': give an absolute http or https address"));
        Assert.That(form["settings.surge_threshold"], Is.EqualTo("2,5"), "what was typed stays");
    }

    [Test]
    public void A_log_page_keeps_its_filter_when_it_turns_to_older_lines()
    {
        var query = LogQuery.Of(new QueryCollection(new Dictionary<string, StringValues> { ["level"] = "error", ["q"] = "a & b", ["streamer"] = "nonsense" }));

        Assert.That(query.Older("place"), Is.EqualTo("/app/logs?level=error&q=a%20%26%20b&cursor=place"));
        Assert.That((query.Filter(default).Level, query.Filter(default).Streamer), Is.EqualTo((3, (Guid?)null)));
        Assert.That(LogQuery.Of(new QueryCollection(new Dictionary<string, StringValues> { ["cursor"] = "x" })).Following, Is.False);
    }

    private static IEnumerable<string> Constants(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static).Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!);
}
