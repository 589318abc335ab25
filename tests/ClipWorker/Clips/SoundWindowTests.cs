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
        Assert.That(SoundWindow.Mute(Timed(2, apart: true, 1, 2, 3, 4, 5, 6), sound, TimeSource.ProgramDateTime).Mute, Is.EquivalentTo(new[] { 2, 3 }), "2 to 4 s lack a second of it");
        Assert.That(SoundWindow.Mute(Timed(2, apart: false, 1, 2, 3), sound, TimeSource.ProgramDateTime).Mute, Is.Empty, "these have their own");
    }

    [Test]
    public void Playlists_that_round_and_sound_that_ends_between_pictures_lose_nothing()
    {
        var sound = Timed(1.98, apart: false, 1, 2, 3);
        Assert.That(SoundWindow.Mute(Timed(2, apart: true, 1, 2, 3), sound, TimeSource.ProgramDateTime).Mute, Is.Empty);
    }

    [Test]
    public void Where_the_sound_gets_a_new_part_the_clip_is_the_stretch_of_one_part_that_holds_the_peak()
    {
        // A new part from 7 s on: within the fourth picture, for which neither part is enough.
        var pictures = Timed(2, apart: true, 1, 2, 3, 4, 5, 6);
        List<TimedSegment> sound = [.. Timed(3, apart: false, 1, 2), Heard(6, 1, part: 1), Heard(7, 5, part: 2)];
        var (mute, breaks) = SoundWindow.Mute(pictures, sound, TimeSource.ProgramDateTime);
        Assert.That((mute, breaks), Is.EqualTo((new[] { 4L }, new[] { 5L })).AsCollection);
        foreach (var (peak, segments, part) in new[] { (3, new[] { 1, 2, 3 }, 1), (11, new[] { 5, 6 }, 2) })
        {
            var plan = ClipWindow.Choose(pictures, n => !mute.Contains(n), Epoch, Epoch.AddSeconds(12), Epoch.AddSeconds(peak), breaks)!;
            Assert.That(plan.Segments.Select(s => s.Segment.Number), Is.EqualTo(segments));
            Assert.That(plan.LostS, Is.EqualTo(12 - 2 * segments.Length), "what is left out is told");
            Assert.That(SoundWindow.With(plan, sound, TimeSource.ProgramDateTime).Sound.Select(s => s.Segment.Part), Is.Not.Empty.And.All.EqualTo(part));
        }
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

    private static TimedSegment Heard(double start, double seconds, int part) =>
        new(Timed(seconds, apart: false, 1)[0].Segment with { Number = 10 * part, Part = part }, Epoch.AddSeconds(start));

    private static List<TimedSegment> Timed(double seconds, bool apart, params int[] numbers) => [.. numbers.Select(n => new TimedSegment(
        new() { Number = n, Part = 1, Uri = new("https://edge.example/"), Duration = TimeSpan.FromSeconds(seconds), Arrived = Epoch, SoundApart = apart }, Epoch.AddSeconds((n - 1) * Math.Ceiling(seconds))))];
}
