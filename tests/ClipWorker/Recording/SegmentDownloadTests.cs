using System.Net;
using StreamClips.ClipWorker.Recording;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Recording;

/// <summary>What of an answer is taken for a segment.</summary>
[TestFixture]
internal sealed class SegmentDownloadTests
{
    // A fragment as boxes: moof, and mdat with two bytes.
    private static readonly byte[] Fragment = [0, 0, 0, 8, .. "moof"u8, 0, 0, 0, 10, .. "mdat"u8, 4, 5];

    [TestCase("", null)]
    [TestCase("one byte less", "it ends in the middle of a box")]
    [TestCase("half a head", "it ends in the middle of a box")]
    [TestCase("another form", "it is no fragmented MP4")]
    [TestCase("content alone", "it has no fragment (moof)")]
    [TestCase("no size", "it has a box without a size")]
    public async Task Fragmented_MP4_is_whole_boxes_or_tried_again(string damage, string? fault)
    {
        byte[] body = damage switch
        {
            "one byte less" => Fragment[..^1],
            "half a head" => Fragment[..12],
            "another form" => [0, 0, 0, 8, 1, 2, 3, 4],
            "content alone" => Fragment[8..],
            "no size" => [.. Fragment, 0, 0, 0, 0, .. "free"u8],
            _ => Fragment,
        };
        var result = await DownloadAsync(Segments.Indexed(1) with { Map = new(new("https://edge.example/init.mp4"), null) }, sound: false, body);
        Assert.That((result.Fault, result.Bad), Is.EqualTo((fault, fault is not null)));
    }

    [TestCase(true, null)]
    [TestCase(false, "it is no MPEG transport stream")]
    public async Task Packed_sound_is_taken_where_sound_is_wanted_and_nowhere_else(bool sound, string? fault) =>
        Assert.That((await DownloadAsync(Segments.Indexed(1), sound, [.. "ID3"u8, 4, 0, 0, 0, 0, 0, 0, 0xFF, 0xF1])).Fault, Is.EqualTo(fault));

    private static async Task<DownloadResult> DownloadAsync(IndexedSegment segment, bool sound, byte[] body)
    {
        using var directory = new TemporaryDirectory();
        var ring = new SegmentRing(directory.Path, 1 << 20);
        ring.Open();
        using var client = new HttpClient(new Same(body));
        return await new SegmentDownload(client, ring, TimeProvider.System) { PackedSound = sound }.TryAsync(segment, cut: false, CancellationToken.None);
    }

    /// <summary>A server that always gives the same, and a section of its own.</summary>
    private sealed class Same(byte[] body) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { RequestMessage = request, Content = new ByteArrayContent(request.RequestUri!.AbsolutePath == "/init.mp4" ? [1, 2, 3] : body) });
    }
}
