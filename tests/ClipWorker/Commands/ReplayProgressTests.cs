using StreamClips.ClipWorker.Commands;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Commands;

/// <summary>How far a replay is.</summary>
public sealed class ReplayProgressTests
{
    private readonly ManualClock _clock = new();

    [Test]
    public void It_is_a_line_every_five_seconds_and_every_byte_comes_through()
    {
        using var errors = new StringWriter();
        using var file = new MemoryStream(new byte[8 << 20]);
        using var replay = new ReplayProgress(file, errors, inPlace: false, _clock);
        var buffer = new byte[2 << 20];
        var read = 0;
        for (int some; (some = replay.Read(buffer)) > 0; _clock.Advance(TimeSpan.FromSeconds(3))) read += some;

        Assert.That(read, Is.EqualTo(8 << 20));
        Assert.That(errors.ToString().ReplaceLineEndings("\n"), Is.EqualTo("replay: 6 of 8 MiB, 75 %, about 2 s left\n"));
    }

    [Test]
    public void In_place_it_goes_away_at_the_end()
    {
        using var errors = new StringWriter();
        using var file = new MemoryStream(new byte[2 << 20]);
        using var replay = new ReplayProgress(file, errors, inPlace: true, _clock);
        var buffer = new byte[1 << 20];
        while (replay.Read(buffer) > 0) _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.That(errors.ToString(), Is.EqualTo("\rreplay: 2 of 2 MiB, 100 %, about 0 s left\e[K\r\e[K"));
    }
}
