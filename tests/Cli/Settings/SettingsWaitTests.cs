using System.Text.Json.Nodes;
using StreamClips.Cli.Settings;

namespace StreamClips.Cli.Tests.Settings;

/// <summary>Whose worker is yet to take up settings.</summary>
internal sealed class SettingsWaitTests
{
    [TestCase("7.3", true, false, 7, 0, true, Description = "it was told, and works by older ones")]
    [TestCase("7.3", false, false, 7, 0, false)]
    [TestCase("6.3", false, false, 7, 0, true, Description = "the planner has not looked yet")]
    [TestCase("6.3", false, false, 7, 60, false, Description = "the change does not touch it")]
    [TestCase("7.3", false, true, 4, 0, true, Description = "the streamer's own version is the second")]
    [TestCase("7.4", false, true, 4, 0, false)]
    [TestCase("", false, false, 7, 0, true)]
    [TestCase("", false, false, 7, 60, false)]
    public void A_worker_is_waited_for_until_it_works_by_the_version_or_is_not_touched_by_it(string told, bool behind, bool own, long version, int elapsed_s, bool awaited) =>
        Assert.That(SettingsWait.IsAwaited(new JsonObject { ["settings_version"] = told, ["is_behind"] = behind }, own, version, TimeSpan.FromSeconds(elapsed_s)), Is.EqualTo(awaited));
}
