using System.Text.Json;
using StreamClips.Shared.Settings;

namespace StreamClips.Shared.Tests.Settings;

[TestFixture]
internal sealed class ClipSettingsTests
{
    [Test]
    public void The_five_parameters_keep_their_names_and_defaults() =>
        Assert.That(ClipSettings.Default.ToJson(), Is.EqualTo(
            """{"clip_duration":60,"window_timespan":30,"sample_interval":1,"baseline_duration":180,"surge_threshold":2,"detector":"highlight","clips_per_hour":10,"max_clip_duration":180,"recording":"auto","quality":"best","exact":false,"vertical":false,"file_name":"{streamer}/{date}/{time}_{score}_{id}"}"""));

    [Test]
    public void The_defaults_have_no_fault() => Assert.That(ClipSettings.Default.Validate(), Is.Empty);

    [Test]
    public void Every_fault_is_named_at_once_with_its_value()
    {
        var faults = new ClipSettings { ClipDuration = 1, WindowTimespan = 200, SampleInterval = 0, SurgeThreshold = 1 }.Validate();

        Assert.That(faults.Select(f => f.Field), Is.EquivalentTo(new[] { "clip_duration", "sample_interval", "surge_threshold", "window_timespan" }));
        Assert.That(faults.Single(f => f.Field == "window_timespan").Message, Does.Contain("200").And.Contain("180"));
    }

    [Test]
    public void The_detector_and_its_rate_are_checked_with_the_others()
    {
        var faults = new ClipSettings { Detector = "magic", ClipsPerHour = 0, WindowTimespan = 200 }.Validate();

        Assert.That(faults.Select(f => f.Field), Is.EquivalentTo(new[] { "detector", "clips_per_hour", "window_timespan" }));
        Assert.That(faults.Single(f => f.Field == "detector").Message, Does.Contain("magic").And.Contain("highlight").And.Contain("surge"));
        Assert.That(faults.Single(f => f.Field == "clips_per_hour").Message, Does.Contain("0.1 to 60"));
    }

    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    [TestCase(-1)]
    public void What_is_no_sensible_number_is_a_fault(double value)
    {
        var faults = new ClipSettings { ClipDuration = value, SurgeThreshold = value, ClipsPerHour = value }.Validate();
        Assert.That(faults.Select(f => f.Field), Is.EquivalentTo(new[] { "clip_duration", "surge_threshold", "clips_per_hour" }));
    }

    [Test]
    public void A_field_that_is_absent_keeps_its_default() =>
        Assert.That(ClipSettings.FromJson("""{"surge_threshold":3.5}"""), Is.EqualTo(ClipSettings.Default with { SurgeThreshold = 3.5 }));

    [TestCase("""{"surge_treshold":3}""")]
    [TestCase("""{"surge_threshold":"much"}""")]
    [TestCase("[]")]
    [TestCase("null")]
    [TestCase("")]
    public void What_is_no_settings_object_is_refused(string json) =>
        Assert.That(() => ClipSettings.FromJson(json), Throws.InstanceOf<JsonException>());

    [Test]
    public void One_setting_can_be_given_as_words()
    {
        var (settings, fault) = ClipSettings.Default.With("window_timespan", "12.5");
        Assert.That(fault, Is.Null);
        Assert.That(settings.WindowTimespan, Is.EqualTo(12.5));
    }

    [TestCase("window", "3", "window_timespan")]
    [TestCase("window_timespan", "soon", "soon")]
    public void A_wrong_name_or_value_is_answered_with_the_remedy(string name, string value, string says)
    {
        var (settings, fault) = ClipSettings.Default.With(name, value);
        Assert.That(settings, Is.EqualTo(ClipSettings.Default));
        Assert.That(fault?.Message, Does.Contain(says));
    }

    [Test]
    public void Every_name_can_be_set_and_read_again()
    {
        foreach (var definition in SettingDefinition.All)
        {
            var text = definition.Kind switch { SettingKind.Number => "7", SettingKind.Flag => "True", _ => "seven" };
            var (settings, fault) = ClipSettings.Default.With(definition.Name, text);
            Assert.That(fault, Is.Null, definition.Name);
            Assert.That(definition.Get(settings).ToString(), Is.EqualTo(text), definition.Name);
            Assert.That(ClipSettings.FromJson(settings.ToJson()), Is.EqualTo(settings));
            Assert.That(settings, Is.Not.EqualTo(ClipSettings.Default));
        }
    }

    [TestCase("exact", "yes", "true or false")]
    [TestCase("vertical", "", "true or false")]
    [TestCase("max_clip_duration", "NaN", "a number")]
    [TestCase("max_clip_duration", "1e999", "a number")]
    public void A_value_of_another_kind_is_answered_with_the_kind(string name, string value, string says) =>
        Assert.That(ClipSettings.Default.With(name, value).Fault?.Message, Does.Contain($"'{value}'").And.Contain(says));

    [TestCase("best", true)]
    [TestCase("worst", true)]
    [TestCase("1080p60", true)]
    [TestCase("720p", true)]
    [TestCase("2160p", true)]
    [TestCase("audio_only", false)]
    [TestCase("720", false)]
    [TestCase("720p60\n", false)]
    [TestCase("", false)]
    public void The_quality_is_a_word_or_a_height(string quality, bool right) =>
        Assert.That((ClipSettings.Default with { Quality = quality }).Validate().Select(f => f.Field), Is.EqualTo(right ? Array.Empty<string>() : ["quality"]));

    [Test]
    public void How_it_is_recorded_and_named_is_checked_with_the_others()
    {
        var faults = new ClipSettings { Recording = "sometimes", FileName = " ", MaxClipDuration = 601 }.Validate();
        Assert.That(faults.Select(f => f.Field), Is.EquivalentTo(new[] { "recording", "file_name", "max_clip_duration" }));
        Assert.That(faults.Single(f => f.Field == "recording").Message, Is.EqualTo("recording is 'sometimes': give auto, lazy or eager"));
    }

    [Test]
    public void How_long_clips_are_kept_is_checked_with_the_others_and_zero_is_without_end()
    {
        var faults = new ClipSettings { KeepClipsDays = -1, KeepClipsCount = 2.5, KeepClipsGib = double.NaN }.Validate();
        Assert.That(faults.Select(f => f.Field), Is.EqualTo(new[] { "keep_clips_days", "keep_clips_count", "keep_clips_gib" }));
        Assert.That(faults.Single(f => f.Field == "keep_clips_count").Message, Is.EqualTo("keep_clips_count is 2.5: give 0 (without end) to 1000000 clips, a whole number"));
        Assert.That(new ClipSettings { KeepClipsDays = 0.5, KeepClipsCount = 100, KeepClipsGib = 2.5 }.Validate(), Is.Empty);
    }

    [Test]
    public void No_worker_is_told_how_long_clips_are_kept() =>
        Assert.That(new ClipSettings { KeepClipsDays = 30, KeepClipsCount = 100, KeepClipsGib = 5, ClipDuration = 45 }.ForWorker().ToJson(), Is.EqualTo((ClipSettings.Default with { ClipDuration = 45 }).ToJson()));
}
