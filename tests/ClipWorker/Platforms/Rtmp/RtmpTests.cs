using System.Net;
using StreamClips.ClipWorker.Platforms.Rtmp;
using StreamClips.ClipWorker.Recording;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Platforms.Rtmp;

/// <summary>What is told of an RTMP address, and how its segments are read.</summary>
[TestFixture]
internal sealed class RtmpTests
{
    [Test]
    public void Logs_and_sidecars_have_no_key() =>
        Assert.That(PlaylistText.ForLogs("rtmp://u:p@a.example:1936/live/s3cret?k=v"), Is.EqualTo("rtmp://****@a.example:1936/live/****"));

    [Test]
    public async Task Segments_of_the_folder_are_read_as_those_of_a_server_and_nothing_outside_of_it_is()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory["outside.ts"], "secret");
        var folder = LocalSegments.Prepare(directory["incoming"]);
        File.WriteAllText(Path.Combine(folder, "1.ts"), "0123456789");
        using var client = StreamHttp.CreateClient(network => new LocalSegments(folder, network));
        Assert.That(await client.GetStringAsync(new Uri(LocalSegments.Address, "1.ts")), Is.EqualTo("0123456789"));
        foreach (var other in new[] { "../outside.ts", "..%2Foutside.ts", "2.ts", "", ".." })
        {
            using var answer = await client.GetAsync(new Uri(LocalSegments.Address, other));
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound), other);
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(LocalSegments.Address, "1.ts"));
        request.Headers.Range = new(3, 4);
        using var part = await client.SendAsync(request);
        Assert.That((part.StatusCode, await part.Content.ReadAsStringAsync()), Is.EqualTo((HttpStatusCode.PartialContent, "34")));
    }
}
