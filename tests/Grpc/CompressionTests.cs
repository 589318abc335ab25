using System.IO.Compression;
using Grpc.Core;
using Grpc.Net.Compression;
using StreamClips.Grpc.Tests.Pairs;

namespace StreamClips.Grpc.Tests;

/// <summary>gzip, seen from below: what matters is the bytes that cross the connection.</summary>
[TestFixture(Side.Ours)]
[TestFixture(Side.Foreign)]
public sealed class CompressionTests(Side client)
{
    private const int PayloadBytes = 2_000_000;
    private const int CompressedBytesAtMost = 50_000;

    private OurServer _server = null!;

    private IProbeClient Client => client == Side.Ours ? Programs.OurClient : Programs.ForeignClient;

    [SetUp]
    public async Task StartAsync() => _server = await OurServer.StartAsync(options =>
    {
        options.ResponseCompressionAlgorithm = "gzip";
        options.ResponseCompressionLevel = CompressionLevel.Fastest;
    });

    [TearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public async Task A_compressed_request_is_small_on_the_wire_and_whole_at_the_server()
    {
        var outcome = await CallAsync(new Call(Kind.Ask, new Message { PayloadBytes = PayloadBytes }) { Gzip = true });

        Assert.That(outcome.Replies.Single().ReceivedPayloadBytes, Is.EqualTo(PayloadBytes), outcome.Detail);
        Assert.That(_server.Wire.ReceivedBytes, Is.LessThan(CompressedBytesAtMost));
    }

    [Test]
    public async Task A_request_is_not_compressed_unless_asked()
    {
        var outcome = await CallAsync(new Call(Kind.Ask, new Message { PayloadBytes = PayloadBytes }));

        Assert.That(outcome.Replies.Single().ReceivedPayloadBytes, Is.EqualTo(PayloadBytes), outcome.Detail);
        Assert.That(_server.Wire.ReceivedBytes, Is.GreaterThan(PayloadBytes));
    }

    [Test]
    public async Task A_compressed_reply_is_small_on_the_wire_and_whole_at_the_client()
    {
        var outcome = await CallAsync(new Call(Kind.Scatter, new Message { Replies = 2, ReplyPayloadBytes = PayloadBytes }));

        Assert.That(outcome.Replies.Select(reply => reply.PayloadBytes), Is.EqualTo(new[] { PayloadBytes, PayloadBytes }), outcome.Detail);
        Assert.That(_server.Wire.SentBytes, Is.LessThan(CompressedBytesAtMost));
    }

    [Test]
    public async Task A_small_message_that_unpacks_to_a_large_one_is_refused()
    {
        var outcome = await CallAsync(new Call(Kind.Ask, new Message { PayloadBytes = 50_000_000 }) { Gzip = true });

        Assert.That(outcome.Code, Is.EqualTo(StatusCode.ResourceExhausted), outcome.Detail);
        Assert.That(_server.Wire.ReceivedBytes, Is.LessThan(1_000_000));
    }

    [TestCaseSource(nameof(Providers))]
    public async Task What_a_provider_compresses_it_decompresses_and_leaves_the_stream_open(ICompressionProvider provider)
    {
        var text = "the same again and again "u8.ToArray();
        var packed = new MemoryStream();
        await using (var stream = provider.CreateCompressionStream(packed, compressionLevel: null))
        {
            for (var i = 0; i < 100; i++)
                await stream.WriteAsync(text);
        }

        Assert.That(packed.CanRead, Is.True);
        Assert.That(packed.Length, Is.LessThan(200));
        packed.Position = 0;
        var unpacked = new MemoryStream();
        await using (var stream = provider.CreateDecompressionStream(packed))
            await stream.CopyToAsync(unpacked);
        Assert.That(packed.CanRead, Is.True);
        Assert.That(unpacked.ToArray(), Is.EqualTo(Enumerable.Repeat(text, 100).SelectMany(bytes => bytes)));
    }

    private static IEnumerable<ICompressionProvider> Providers() =>
        [new GzipCompressionProvider(CompressionLevel.Optimal), new DeflateCompressionProvider(CompressionLevel.Optimal)];

    private Task<Outcome> CallAsync(Call call) =>
        Client.CallAsync(_server.Address, call, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(120), TimeProvider.System);
}
