using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Tests.Recording;

[TestFixture]
internal sealed class ReloadPhaseTests
{
    private const double Jitter = 0.005;

    [TestCase(2, 2, 0.1)]
    [TestCase(2, 2, 1.9)]
    [TestCase(6, 2, 1.2)]
    public void Loads_move_to_right_after_the_moments_at_which_segments_appear(double target, double segment, double first)
    {
        var (delays, waits) = Follow(target, segment, first, 140);
        Assert.That(delays.Skip(20).Take(80).Max(), Is.LessThanOrEqualTo(segment / 8 + 110 * Jitter));
        Assert.That(waits.Where(w => w.Brought).Select(w => w.Wait), Is.All.GreaterThanOrEqualTo(target).And.All.LessThanOrEqualTo(target + segment / 8));
    }

    [Test]
    public void A_stream_whose_beat_moves_is_found_again()
    {
        var (delays, _) = Follow(2, 2, 0.1, 400, movesAt: 150, by: 1.2);
        Assert.That(delays.Skip(300).Average(), Is.LessThan(0.8));
        Assert.That(delays.Skip(270).Min(), Is.LessThanOrEqualTo(0.25 + Jitter));
    }

    [Test]
    public void A_playlist_that_brings_nothing_is_asked_again_after_half_the_time()
    {
        var phase = new ReloadPhase();
        Assert.That(phase.Wait(TimeSpan.FromSeconds(4), [], TimeSpan.FromSeconds(4)), Is.EqualTo(TimeSpan.FromSeconds(2)));
    }

    /// <summary>Loads that are each a little late, from a stream that adds a segment when the one before it is over.</summary>
    private static (List<double> Delays, List<(double Wait, bool Brought)> Waits) Follow(double target, double segment, double first, int loads, int movesAt = -1, double by = 0)
    {
        var (phase, delays, waits) = (new ReloadPhase(), new List<double>(), new List<(double, bool)>());
        var (now, known, moved, before) = (first, 0, 0.0, (double?)null);
        for (var i = 0; i < loads; i++)
        {
            if (i == movesAt) moved = by;
            var newest = (int)Math.Floor((now - moved) / segment);
            var added = Enumerable.Repeat(TimeSpan.FromSeconds(segment), Math.Max(0, newest - known)).ToList();
            known = Math.Max(known, newest);
            delays.Add((now - moved) % segment);
            var wait = phase.Wait(TimeSpan.FromSeconds(target), added, before is { } last ? TimeSpan.FromSeconds(now - last) : null).TotalSeconds;
            waits.Add((wait, added.Count > 0));
            before = now;
            now += wait + Jitter;
        }

        return (delays, waits);
    }
}
