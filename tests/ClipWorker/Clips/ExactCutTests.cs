using StreamClips.ClipWorker.Clips;
using static StreamClips.ClipWorker.Tests.Clips.NumberedStream;

namespace StreamClips.ClipWorker.Tests.Clips;

/// <summary>Clips that begin with the wanted picture, decoded across the joint.</summary>
[TestFixture]
[Category("Slow")]
[Parallelizable(ParallelScope.Children)]
internal sealed class ExactCutTests
{
    [TestCase("-c:v libx264 -preset veryfast -bf 2 -g 40 -keyint_min 40 -sc_threshold 0", "", TestName = "From_within_a_segment")]
    [TestCase("-c:v libx264 -preset veryfast -bf 0 -g 100 -keyint_min 100 -sc_threshold 0", "-break_non_keyframes 1", TestName = "Over_several_segments_without_a_keyframe")]
    [TestCase("-c:v libx264 -preset veryfast -profile:v baseline -g 40 -keyint_min 40 -sc_threshold 0", "-output_ts_offset 95438", TestName = "Of_another_profile_and_over_a_wrap")]
    public async Task Only_the_pictures_up_to_the_next_keyframe_are_encoded_anew(string video, string segmenting)
    {
        using var stream = await MakeAsync(12, video, segmenting);
        var (cut, clip) = await CutAsync(stream, 2.65, 10);
        Assert.That(cut.Method, Is.EqualTo(CutMethod.Exact));
        Assert.That(cut.Start, Is.EqualTo(Epoch.AddSeconds(2.65)).Within(TimeSpan.FromMilliseconds(60)));
        clip.AssertHolds(clip.Numbers[0], clip.Numbers[^1]);
        Assert.That(clip.Numbers[0], Is.EqualTo(At(2.65)).Within(1));
        Assert.That(clip.Numbers[^1], Is.InRange(At(10) - 2, At(10) + 3));
    }

    [Test]
    public async Task Where_no_keyframe_follows_all_is_encoded_anew()
    {
        using var stream = await MakeAsync(8, "-c:v libx264 -preset veryfast -bf 0 -g 1000 -keyint_min 1000 -sc_threshold 0", "-break_non_keyframes 1");
        var (cut, clip) = await CutAsync(stream, 2.65, 6);
        Assert.That(cut.Method, Is.EqualTo(CutMethod.Encoded));
        Assert.That(clip.Numbers, Is.EqualTo(Enumerable.Range(clip.Numbers[0], clip.Numbers.Count)));
        Assert.That(clip.Numbers[0], Is.EqualTo(At(2.65)).Within(1));
    }

    [Test]
    public async Task A_start_on_a_keyframe_is_a_copy()
    {
        using var stream = await MakeAsync(8);
        var (cut, clip) = await CutAsync(stream, 2, 6);
        Assert.That(cut.Method, Is.EqualTo(CutMethod.Copy));
        clip.AssertHolds(At(2), At(6) - 1);
    }

    private static async Task<(CutVideo Video, DecodedClip Clip)> CutAsync(NumberedStream stream, double start, double end)
    {
        var cut = await new ClipCutter(stream.Ring, new(TimeProvider.System), CutLimits.Default).CutAsync(stream.Plan(start, end), stream["clip.mp4"], exact: true, CancellationToken.None);
        Assert.That(cut.Fault, Is.Null);
        return (cut.Value!, await DecodeAsync(stream["clip.mp4"]));
    }
}
