using Grpc.Core;
using StreamClips.Grpc.Tests.Pairs;

namespace StreamClips.Grpc.Tests;

[TestFixtureSource(typeof(EveryPair), nameof(All))]
public sealed class MetadataTests(Side client, Side server) : EveryPair(client, server)
{
    [TestCaseSource(typeof(Call), nameof(Call.Kinds))]
    public async Task Text_and_bytes_come_back_as_headers_and_as_trailers(Kind kind)
    {
        Pair[] sent =
        [
            new("probe-text", "plain text, with commas; and = signs"),
            new("probe-byte-bin", "AA=="),
            new("probe-all-bytes-bin", Convert.ToBase64String([.. Enumerable.Range(0, 256).Select(n => (byte)n)])),
        ];

        var outcome = await CallAsync(new Call(kind, new Message("m")) { Metadata = sent });

        Assert.That(outcome.Code, Is.EqualTo(StatusCode.OK), outcome.Detail);
        Assert.That(Probes(outcome.Headers), Is.EquivalentTo(sent));
        Assert.That(Probes(outcome.Trailers), Is.EquivalentTo(sent.Select(AsTrailer)));
    }

    [Test]
    public async Task A_key_that_repeats_keeps_its_values_in_order()
    {
        Pair[] sent = [new("probe-repeated", "one"), new("probe-repeated", "two"), new("probe-repeated", "three")];

        var outcome = await CallAsync(new Call(Kind.Ask, new Message("m")) { Metadata = sent });

        // HTTP lets every hop join repeated fields with a comma (RFC 9110, 5.3), and each of the four sides does so somewhere.
        Assert.That(outcome.Code, Is.EqualTo(StatusCode.OK), outcome.Detail);
        Assert.That(Joined(outcome.Headers), Is.EqualTo("one,two,three"));
        Assert.That(Joined(outcome.Trailers), Is.EqualTo("one,two,three"));
    }

    [Test]
    public async Task Metadata_comes_back_with_a_failure_too()
    {
        Pair[] sent = [new("probe-request", "r-17"), new("probe-bytes-bin", "AP8=")];

        var outcome = await CallAsync(new Call(Kind.Ask, new Message { Failure = new Failing(StatusCode.Aborted, "no") }) { Metadata = sent });

        AssertEnded(outcome, StatusCode.Aborted, "no");
        Assert.That(Probes(outcome.Trailers), Is.EquivalentTo(sent.Select(AsTrailer)));
    }

    private static Pair AsTrailer(Pair pair) => pair with { Key = $"trailer-{pair.Key}" };

    private static string Joined(IEnumerable<Pair> metadata) =>
        string.Join(',', Probes(metadata).Select(pair => pair.Value)).Replace(", ", ",", StringComparison.Ordinal);
}
