using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Tests.Clips;

/// <summary>An ffmpeg that hangs, is killed or cannot write is a fault with its reason, and the next clip is made.</summary>
[TestFixture]
[Category("Slow")]
internal sealed class BrokenToolTests
{
    private NumberedStream _stream = null!;

    [SetUp]
    public async Task MakeAStream() => _stream = await NumberedStream.MakeAsync(4);

    [TearDown]
    public void RemoveIt() => _stream.Dispose();

    [TestCase("exec sleep 600", @"^ffmpeg was killed: it was not done within 1 s\.", TestName = "One_that_hangs")]
    [TestCase("kill -9 $$", @"^ffmpeg ended with 137: ", TestName = "One_that_is_killed")]
    [TestCase("ulimit -f 8; exec \"$REAL\" \"$@\"", @"^ffmpeg ended with ", TestName = "One_whose_disk_is_full")]
    [TestCase("exit 0", "no file was written", TestName = "One_that_writes_nothing")]
    [TestCase("for last; do :; done; : > \"$last\"; cat > /dev/null", "there is no moov box in it", TestName = "One_that_writes_an_empty_file")]
    public async Task Is_a_fault_and_the_next_clip_is_made(string script, string fault)
    {
        var once = _stream["once"];
        var tools = Broken($"if mkdir '{once}' 2>/dev/null; then {script}; exit; fi");

        var first = await CutAsync(tools, TimeSpan.FromSeconds(1));
        Assert.That(first.Fault, Is.Not.Null.And.Match(fault));
        var second = await CutAsync(tools, TimeSpan.FromSeconds(60));
        Assert.That(second.Fault, Is.Null);
        (await NumberedStream.DecodeAsync(_stream["clip.mp4"])).AssertHolds(0, 79);
    }

    [TestCase("-c copy", CutMethod.Encoded, TestName = "An_exact_clip_whose_joint_fails_is_encoded_anew")]
    [TestCase("libx264", CutMethod.Copy, TestName = "An_exact_clip_that_cannot_be_encoded_begins_with_the_keyframe")]
    public async Task Exact(string fails, string method)
    {
        var cut = await new ClipCutter(_stream.Ring, Broken($"case \"$*\" in *'{fails}'*) exit 1;; esac"), CutLimits.Default)
            .CutAsync(_stream.Plan(0.65, 4), _stream["clip.mp4"], exact: true, CancellationToken.None);
        Assert.That(cut.Fault, Is.Null);
        Assert.That(cut.Value!.Method, Is.EqualTo(method));
        var first = method == CutMethod.Copy ? 0 : 13;
        Assert.That((await NumberedStream.DecodeAsync(_stream["clip.mp4"])).Numbers[0], Is.EqualTo(first).Within(1));
        Assert.That(File.Exists(_stream["clip.mp4.head.part"]), Is.False);
    }

    private MediaTools Broken(string script) => new(TimeProvider.System, BrokenTools.Ffmpeg(_stream["bin"], script));

    private Task<Parsed<CutVideo>> CutAsync(MediaTools tools, TimeSpan limit) =>
        new ClipCutter(_stream.Ring, tools, new(limit, limit)).CutAsync(_stream.Plan(0, 4), _stream["clip.mp4"], exact: false, CancellationToken.None);
}
