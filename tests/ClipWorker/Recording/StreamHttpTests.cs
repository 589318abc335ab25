using System.IO.Compression;
using System.Text;
using StreamClips.ClipWorker.Recording;
using StreamClips.ClipWorker.Tests.EndToEnd;

namespace StreamClips.ClipWorker.Tests.Recording;

/// <summary>Answers as servers send them: compressed, and more than anybody asked for.</summary>
[TestFixture]
internal sealed class StreamHttpTests
{
    [Test]
    public async Task A_compressed_playlist_is_read_and_what_it_becomes_is_bounded()
    {
        await using var page = new Page(Compressed(Encoding.UTF8.GetBytes("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.ts\n")), "Content-Encoding: gzip\r\n");
        var answer = await GetAsync(page);
        Assert.That(MediaPlaylistParser.Parse(answer.Body, answer.Address).Value?.Segments, Has.Count.EqualTo(1));

        await using var bomb = new Page(Compressed(new byte[100 << 20]), "Content-Encoding: gzip\r\n");
        Assert.That((await GetAsync(bomb)).Fault, Is.EqualTo($"it has more than {PlaylistText.MaxBytes} bytes"));
    }

    private static async Task<HttpAnswer> GetAsync(Page page)
    {
        using var client = StreamHttp.CreateClient();
        return await StreamHttp.GetAsync(client, new(page.Url), PlaylistText.MaxBytes, TimeProvider.System, CancellationToken.None);
    }

    private static byte[] Compressed(byte[] clear)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest)) gzip.Write(clear);
        return compressed.ToArray();
    }
}
