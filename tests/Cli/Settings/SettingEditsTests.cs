using System.Text.Json.Nodes;
using StreamClips.Cli.Settings;

namespace StreamClips.Cli.Tests.Settings;

[TestFixture]
internal sealed class SettingEditsTests
{
    [Test]
    public void What_is_set_is_of_its_kind_and_the_rest_stays()
    {
        var after = SettingEdits.Set(new JsonObject { ["quality"] = "best", ["clip_duration"] = 30 }, ["surge_threshold=2.5", "exact=true", "quality=720p60"]);
        Assert.That(after.ToJsonString(), Is.EqualTo("""{"quality":"720p60","clip_duration":30,"surge_threshold":2.5,"exact":true}"""));
        Assert.That(SettingEdits.Unset(after, ["quality", "vertical"]).ContainsKey("quality"), Is.False);
    }

    [TestCase("surge_threshold", "has no '='")]
    [TestCase("surge_treshold=2", "Did you mean surge_threshold?")]
    [TestCase("surge_threshold=much", "give a number")]
    [TestCase("exact=yes", "give true or false")]
    [TestCase("quality=720p", null)]
    public void A_wrong_word_is_answered_with_the_remedy(string text, string? says) =>
        Assert.That(SettingEdits.Fault(text), says is null ? Is.Null : Does.Contain(says).IgnoreCase);

    [Test]
    public void What_is_not_set_is_compared_as_the_default()
    {
        var defaults = SettingEdits.Program();
        defaults["surge_threshold"] = 3;
        var rows = SettingEdits.Differences(new JsonObject { ["clip_duration"] = 60, ["exact"] = true }, new JsonObject { ["surge_threshold"] = 4.0, ["exact"] = true }, defaults);
        Assert.That(rows.Select(r => r!.ToJsonString()), Is.EqualTo(new[] { """{"setting":"surge_threshold","before":3,"after":4}""" }));
    }
}
