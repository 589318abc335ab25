using StreamClips.ClipWorker.Clips;

namespace StreamClips.ClipWorker.Tests.Clips;

/// <summary>Which sound goes with which pictures, where they come by playlists of their own.</summary>
[TestFixture]
internal sealed class SoundWindowTests
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 2, 3, 4, 0, TimeSpan.Zero);

    [Test]
    public void Pictures_whose_sound_is_lost_are_lost_with_it()
    {
        // Sound in segments of 3 s, of which that of 3 to 6 s is lost.
        var sound = Timed(3, apart: false, 1, 3, 4);
        Assert.That(SoundWindow.Mute(Timed(2, apart: true, 1, 2, 3, 4, 5, 6), sound, TimeSource.ProgramDateTime), Is.EquivalentTo(new[] { 2, 3 }), "2 to 4 s lack a second of it");
        Assert.That(SoundWindow.Mute(Timed(2, apart: false, 1, 2, 3), sound, TimeSource.ProgramDateTime), Is.Empty, "these have their own");
    }

    [Test]
    public void Playlists_that_round_and_sound_that_ends_between_pictures_lose_nothing()
    {
        var sound = Timed(1.98, apart: false, 1, 2, 3);
        Assert.That(SoundWindow.Mute(Timed(2, apart: true, 1, 2, 3), sound, TimeSource.ProgramDateTime), Is.Empty);
    }

    [Test]
    public void The_sound_of_a_plan_is_that_of_its_time_and_of_one_clock()
    {
        var plan = new ClipPlan { Segments = Timed(2, apart: true, 3, 4, 5), Lead = Timed(2, apart: true, 2), WantedStart = Epoch.AddSeconds(5), End = Epoch.AddSeconds(9.5), LostS = 0 };
        var sound = Timed(2, apart: false, 1, 2, 3, 4, 5, 6);
        Assert.That(SoundWindow.With(plan, sound, TimeSource.ProgramDateTime).Sound.Select(s => s.Segment.Number), Is.EqualTo(new[] { 1, 2, 3, 4, 5 }), "a little more than the lead and the clip");
        sound[1] = new(sound[1].Segment with { Part = 0 }, sound[1].Start);
        Assert.That(SoundWindow.With(plan, sound, TimeSource.ProgramDateTime).Sound.Select(s => s.Segment.Number), Is.EqualTo(new[] { 1, 3, 4, 5 }));
    }

    private static List<TimedSegment> Timed(double seconds, bool apart, params int[] numbers) => [.. numbers.Select(n => new TimedSegment(
        new() { Number = n, Part = 1, Uri = new("https://edge.example/"), Duration = TimeSpan.FromSeconds(seconds), Arrived = Epoch, SoundApart = apart }, Epoch.AddSeconds((n - 1) * Math.Ceiling(seconds))))];
}
