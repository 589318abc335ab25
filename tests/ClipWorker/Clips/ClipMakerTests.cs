using StreamClips.ClipWorker.Clips;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Clips;

/// <summary>From the request to the files, with the real ffmpeg and with broken ones.</summary>
[TestFixture]
[Category("Slow")]
internal sealed class ClipMakerTests
{
    // Every cut leaves a file, so that a test can tell when ffmpeg was started, and how often.
    private const string Count = """case "$*" in *mjpeg*) ;; *) : > "$HERE/cut.$$" ;; esac""";
    private const string First = Count + """; case "$*" in *mjpeg*) ;; *) if mkdir "$HERE/once" 2>/dev/null; then """;

    private NumberedStream _stream = null!;

    [SetUp]
    public async Task MakeAStream() => _stream = await NumberedStream.MakeAsync(10);

    [TearDown]
    public void RemoveIt() => _stream.Dispose();

    [Test]
    public async Task A_clip_that_is_cut_while_its_segments_come_is_byte_for_byte_the_one_that_is_cut_at_once()
    {
        await using var bench = new MakerBench(_stream, Count);
        bench.Want(1, 7.5);
        bench.Hold(1);
        await Eventually.TrueAsync(() => bench.Cuts == 1, "ffmpeg waits for the rest");
        Assert.That(bench.Settled, Is.Empty);
        foreach (var number in new[] { 2, 4, 3, 5 }) bench.Hold(number);
        await bench.FinishAsync();

        Assert.That(bench.Cuts, Is.EqualTo(1), "nothing was cut twice");
        var clip = bench.Clips.Single();
        var other = await new ClipCutter(_stream.Ring, new(TimeProvider.System), CutLimits.Default).CutAsync(_stream.Plan(1, 7.5), _stream["other.mp4"], exact: false, CancellationToken.None);
        Assert.That(other.Fault, Is.Null);
        Assert.That(clip.Start, Is.EqualTo(other.Value!.Start));
        Assert.That(await File.ReadAllBytesAsync(Path.Combine(_stream["clips"], clip.Files[0].Name)), Is.EqualTo(await File.ReadAllBytesAsync(_stream["other.mp4"])));
        Assert.That(bench.Files, Is.EquivalentTo(clip.Files.Select(f => f.Name).Append(Path.ChangeExtension(clip.Files[0].Name, "json"))));
    }

    [Test]
    public async Task A_segment_that_is_lost_after_cutting_began_is_a_hole_that_the_sidecar_tells()
    {
        await using var bench = new MakerBench(_stream, Count);
        bench.Want(0, 8);
        bench.Hold(1);
        await Eventually.TrueAsync(() => bench.Cuts == 1, "ffmpeg waits for the rest");
        bench.Lose(3);
        bench.Hold(2, 4, 5);
        await bench.FinishAsync();
        var clip = bench.Clips.Single();
        Assert.That(clip.LostS, Is.EqualTo(2).Within(0.01));
        var decoded = await NumberedStream.DecodeAsync(Path.Combine(_stream["clips"], clip.Files[0].Name));
        Assert.That(decoded.Numbers, Is.EqualTo(Enumerable.Range(0, 80).Concat(Enumerable.Range(120, 40))));
    }

    [Test]
    public async Task Where_the_first_segment_is_lost_the_clip_begins_with_the_second()
    {
        await using var bench = new MakerBench(_stream, Count);
        bench.Want(0, 6);
        bench.Lose(1);
        bench.Hold(2, 3, 4);
        await bench.FinishAsync();
        var clip = bench.Clips.Single();
        Assert.That((clip.LostS, clip.DurationS), Is.EqualTo((2.0, 4.0)).Within(0.1));
        (await NumberedStream.DecodeAsync(Path.Combine(_stream["clips"], clip.Files[0].Name))).AssertHolds(40, 119);
    }

    [Test]
    public async Task Where_the_clip_turns_out_to_be_of_other_segments_than_those_that_are_cut_it_is_cut_anew()
    {
        await using var bench = new MakerBench(_stream, Count);
        bench.Want(0, 10, peak: 9);
        bench.Hold(1);
        await Eventually.TrueAsync(() => bench.Cuts == 1, "ffmpeg waits for the rest");
        // A hole of six seconds parts a clip.
        foreach (var number in new[] { 2, 3, 4 }) bench.Lose(number);
        bench.Hold(5);
        await bench.FinishAsync();
        var clip = bench.Clips.Single();
        (await NumberedStream.DecodeAsync(Path.Combine(_stream["clips"], clip.Files[0].Name))).AssertHolds(160, 199);
        Assert.That(clip.LostS, Is.EqualTo(8).Within(0.1));
        Assert.That(bench.Told.Events, Has.None.EqualTo("clip.cut_again"), "nothing was wrong with it");
        Assert.That(bench.Files.Where(f => f.EndsWith(".part", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public async Task A_surge_that_lengthens_a_clip_of_which_half_is_cut_makes_it_one_clip()
    {
        await using var bench = new MakerBench(_stream, Count);
        var one = bench.Want(1, 5);
        bench.Hold(1, 2);
        await Eventually.TrueAsync(() => bench.Cuts == 1, "ffmpeg waits for the rest");
        Assert.That(bench.Want(3, 10), Is.EqualTo(one));
        bench.Hold(3, 4, 5);
        await bench.FinishAsync();
        var clip = bench.Clips.Single();
        Assert.That(clip.ClipId, Is.EqualTo(one));
        Assert.That(clip.Merged, Has.Count.EqualTo(2));
        (await NumberedStream.DecodeAsync(Path.Combine(_stream["clips"], clip.Files[0].Name))).AssertHolds(0, 199);
        Assert.That(bench.Files.Where(f => f.EndsWith(".part", StringComparison.Ordinal)), Is.Empty);
    }

    [TestCase("kill -STOP $$", true, TestName = "A_cut_whose_ffmpeg_hangs_is_made_by_the_next_one")]
    [TestCase("\"$REAL\" \"$@\" & sleep 0.1; kill -9 $!; kill -9 $$", false, TestName = "A_cut_whose_ffmpeg_is_killed_is_made_by_the_next_one")]
    [TestCase("ulimit -f 8; exec \"$REAL\" \"$@\"", false, TestName = "A_cut_for_which_there_was_no_room_is_made_by_the_next_one")]
    public async Task Retry(string script, bool hangs)
    {
        await using var bench = new MakerBench(_stream, $"{First}{script}; exit; fi ;; esac");
        var id = bench.Want(0, 8);
        bench.Hold(1, 2, 3, 4, 5);
        if (hangs)
        {
            // The deadline begins when all is there.
            await Eventually.TrueAsync(
                () =>
                {
                    bench.Clock.Advance(TimeSpan.FromSeconds(1));
                    return bench.Told.Events.Contains("clip.cut_again");
                },
                "the one that hangs is killed");
        }

        await bench.FinishAsync();
        Assert.That(bench.Told.Events, Has.One.EqualTo("clip.cut_again").And.No.Member("clip.failed"));
        Assert.That(bench.Settled, Is.EqualTo(new[] { id }));
        (await NumberedStream.DecodeAsync(Path.Combine(_stream["clips"], bench.Clips.Single().Files[0].Name))).AssertHolds(0, 159);
    }

    [Test]
    public async Task What_was_cut_ahead_takes_no_try_away_from_the_cut_itself()
    {
        await using var bench = new MakerBench(_stream, """case "$*" in *mjpeg*) ;; *) if mkdir "$HERE/one" 2>/dev/null || mkdir "$HERE/two" 2>/dev/null; then exit 7; fi ;; esac""");
        bench.Want(0, 8);
        bench.Hold(1, 2, 3, 4, 5);
        await bench.FinishAsync();
        Assert.That(bench.Told.Events.Count(e => e == "clip.cut_again"), Is.EqualTo(2));
        (await NumberedStream.DecodeAsync(Path.Combine(_stream["clips"], bench.Clips.Single().Files[0].Name))).AssertHolds(0, 159);
    }

    [Test]
    public async Task Of_a_clip_whose_sidecar_cannot_be_written_nothing_is_left_not_even_its_renditions()
    {
        await using var bench = new MakerBench(_stream);
        var id = bench.Want(0, 8);
        Directory.CreateDirectory(bench.Folder.PathOf(ClipFolder.NameOf(NumberedStream.Epoch, 2, id), "json"));
        bench.Hold(1, 2, 3, 4, 5);
        await bench.FinishAsync();
        Assert.That(bench.Told.Events, Does.Contain("clip.failed"));
        Assert.That(bench.Files, Is.Empty);
        Assert.That(Directory.GetFiles(_stream["queue"]), Is.Empty);
    }

    [Test]
    public async Task A_segment_that_goes_between_the_plan_and_the_cut_is_told_as_lost()
    {
        var plan = _stream.Plan(0, 8);
        File.Delete(_stream.Ring.Find(3)!.Path);
        var cut = await new ClipCutter(_stream.Ring, new(TimeProvider.System), CutLimits.Default).CutAsync(plan, _stream["cut.mp4"], exact: false, CancellationToken.None);
        Assert.That(cut.Fault, Is.Null);
        Assert.That((plan.LostS, cut.Value!.SkippedS), Is.EqualTo((0.0, 2.0)).Within(0.01));
    }

    [Test]
    public async Task A_clip_that_cannot_be_cut_is_an_error_that_says_why_and_leaves_nothing()
    {
        await using var bench = new MakerBench(_stream, """case "$*" in *mjpeg*) ;; *) echo "out of luck" >&2; exit 7 ;; esac""");
        bench.Want(0, 8);
        bench.Hold(1, 2, 3, 4, 5);
        await bench.FinishAsync();
        Assert.That(bench.Told.Lines.Single(l => l.Event == "clip.failed"), Has.Property("Level").EqualTo("error").And.Property("Message").Contains("out of luck"));
        Assert.That(bench.Files, Is.Empty);
    }
}
