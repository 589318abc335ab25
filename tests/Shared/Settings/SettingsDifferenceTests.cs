using StreamClips.Shared.Settings;

namespace StreamClips.Shared.Tests.Settings;

[TestFixture]
internal sealed class SettingsDifferenceTests
{
    [Test]
    public void What_differs_is_told_in_one_line_with_both_values()
    {
        var changes = SettingsDifference.Between(ClipSettings.Default, ClipSettings.Default with { SurgeThreshold = 2.5, Exact = true, Quality = "720p60" });
        Assert.That(SettingsDifference.Words(changes), Is.EqualTo("surge_threshold 2 → 2.5, quality best → 720p60, exact false → true"));
        Assert.That(SettingsDifference.Between(ClipSettings.Default, new ClipSettings()), Is.Empty);
    }

    [TestCase("surge_threshold", SettingEffect.Live)]
    [TestCase("window_timespan", SettingEffect.Live)]
    [TestCase("clips_per_hour", SettingEffect.Live)]
    [TestCase("quality", SettingEffect.Restart)]
    [TestCase("recording", SettingEffect.Restart)]
    [TestCase("detector", SettingEffect.Restart)]
    [TestCase("clip_duration", SettingEffect.Restart)]
    [TestCase("keep_clips_days", SettingEffect.None)]
    public void Each_setting_says_how_its_change_comes_to_a_worker(string name, SettingEffect effect) =>
        Assert.That(SettingDefinition.Find(name)!.Effect, Is.EqualTo(effect));

    [Test]
    public void Several_changes_come_as_the_one_that_takes_the_most()
    {
        Assert.That(Effect(s => s with { KeepClipsDays = 3 }), Is.EqualTo(SettingEffect.None));
        Assert.That(Effect(s => s with { KeepClipsDays = 3, SurgeThreshold = 3 }), Is.EqualTo(SettingEffect.Live));
        Assert.That(Effect(s => s with { KeepClipsDays = 3, SurgeThreshold = 3, Recording = "eager" }), Is.EqualTo(SettingEffect.Restart));
        Assert.That(Effect(s => s), Is.EqualTo(SettingEffect.None));
    }

    private static SettingEffect Effect(Func<ClipSettings, ClipSettings> change) =>
        SettingsDifference.Effect(SettingsDifference.Between(ClipSettings.Default, change(ClipSettings.Default)));
}
