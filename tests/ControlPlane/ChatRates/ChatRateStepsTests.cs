using StreamClips.ControlPlane.ChatRates;
using StreamClips.Shared.Journal;

namespace StreamClips.ControlPlane.Tests.ChatRates;

public sealed class ChatRateStepsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public void Silence_counts_where_somebody_listened_and_not_where_nobody_did()
    {
        var steps = new ChatRateSteps(Noon, Noon.AddMinutes(10), 60);
        steps.Add(Minute(0, 0, 60, (0, 6), (1, 30)));
        // Five minutes of silence, which was heard, and then a pause of two.
        steps.Add(Minute(1, 240, 260, (240, 12)));
        steps.Add(Paused(2, 260, 390, 420));

        var points = steps.Series().Items;
        Assert.That(points.Select(p => ((p.At - Noon).TotalMinutes, p.Messages, p.Max, p.HeardS)), Is.EqualTo(new[] { (0d, 36L, 30, 60), (1, 0, 0, 60), (2, 0, 0, 60), (3, 0, 0, 60), (4, 12, 12, 20), (6, 0, 0, 30) }));
        Assert.That((points[0].Mean, points[4].Mean), Is.EqualTo((0.6, 0.6)));
    }

    [Test]
    public void What_lies_outside_is_left_out_and_steps_are_whole()
    {
        var steps = new ChatRateSteps(Noon.AddSeconds(7), Noon.AddSeconds(35), 10);
        steps.Add(Minute(4, -30, 60, (-1, 100), (0, 1), (9, 2), (10, 4), (34, 8), (35, 100)));

        var series = steps.Series();
        Assert.That((series.Since, series.StepS), Is.EqualTo((Noon, 10)));
        Assert.That(series.Items.Select(p => (p.Messages, p.HeardS)), Is.EqualTo(new[] { (3L, 10), (4, 10), (0, 10), (8, 5) }));
    }

    [Test]
    public void A_line_that_is_missing_is_a_time_that_is_not_known()
    {
        var steps = new ChatRateSteps(Noon, Noon.AddMinutes(3), 60);
        steps.Add(Minute(0, 0, 60, (0, 6)));
        steps.Add(Minute(2, 120, 180, (120, 6)));

        Assert.That(steps.Series().Items.Select(p => (p.At - Noon).TotalMinutes), Is.EqualTo((double[])[0, 2]));
    }

    [Test]
    public void A_time_of_any_length_has_a_step_that_fits()
    {
        foreach (var hours in new[] { 0.01, 1, 6, 24, 24 * 31 })
            Assert.That(hours * 3600 / ChatRateSeries.FittingStep(TimeSpan.FromHours(hours)), Is.InRange(20, 500), $"{hours} h");
        Assert.That(new ChatRateSteps(Noon, Noon, 1).Series().Items, Is.Empty);
    }

    internal static ChatEntry Minute(int number, double from, double until, params (int Second, int Said)[] said)
    {
        var packer = new ChatPacker();
        foreach (var (second, count) in said) packer.Add(new() { At = Noon.AddSeconds(second), Said = count, Counted = count });
        return new() { At = Noon, Version = ChatPacker.Version, Began = Noon.AddSeconds(Math.Min(0, from)), Number = number, From = said.Length == 0 ? Noon.AddSeconds(from) : packer.From, Until = Noon.AddSeconds(until), Seconds = packer.Take() };
    }

    private static ChatEntry Paused(int number, double heardUntil, double resumed, double until)
    {
        var packer = new ChatPacker();
        packer.Add(new() { At = Noon.AddSeconds(resumed), Pause = new(Noon.AddSeconds(heardUntil), Noon.AddSeconds(resumed)) });
        return new() { At = Noon, Version = ChatPacker.Version, Began = Noon, Number = number, From = packer.From, Until = Noon.AddSeconds(until), Seconds = packer.Take() };
    }
}
