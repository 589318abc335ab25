using Grpc.Core;
using StreamClips.Grpc.Tests.Pairs;

namespace StreamClips.Grpc.Tests;

[TestFixtureSource(typeof(EveryPair), nameof(All))]
public sealed class MethodKindTests(Side client, Side server) : EveryPair(client, server)
{
    [Test]
    public async Task A_unary_call_brings_one_answer()
    {
        var outcome = await CallAsync(new Call(Kind.Ask, new Message("Grüße, 世界") { PayloadBytes = 3, ReplyPayloadBytes = 7 }));

        Assert.That(outcome.Code, Is.EqualTo(StatusCode.OK), outcome.Detail);
        Assert.That(outcome.Replies, Is.EqualTo(new[] { new Answer("Grüße, 世界", 0, PayloadBytes: 7, ReceivedPayloadBytes: 3) }));
    }

    [Test]
    public async Task Client_streaming_gathers_all_requests_in_order()
    {
        var outcome = await CallAsync(new Call(Kind.Gather, Numbered(50)));

        Assert.That(outcome.Code, Is.EqualTo(StatusCode.OK), outcome.Detail);
        var texts = string.Join(',', Enumerable.Range(1, 50));
        Assert.That(outcome.Replies, Is.EqualTo(new[] { new Answer(texts, 50, PayloadBytes: 0, ReceivedPayloadBytes: 50) }));
    }

    [Test]
    public async Task Server_streaming_brings_all_replies_in_order()
    {
        var outcome = await CallAsync(new Call(Kind.Scatter, new Message("s") { Replies = 200, ReplyPayloadBytes = 1000 }));

        Assert.That(outcome.Code, Is.EqualTo(StatusCode.OK), outcome.Detail);
        Assert.That(outcome.Replies, Is.EqualTo(Enumerable.Range(1, 200).Select(n => new Answer("s", n, 1000, 0))));
    }

    [Test]
    public async Task Server_streaming_may_bring_nothing()
    {
        var outcome = await CallAsync(new Call(Kind.Scatter, new Message("s") { Replies = 0 }));

        Assert.That(outcome.Code, Is.EqualTo(StatusCode.OK), outcome.Detail);
        Assert.That(outcome.Replies, Is.Empty);
    }

    [Test]
    public async Task Duplex_streaming_answers_every_request_in_order()
    {
        var outcome = await CallAsync(new Call(Kind.Talk, Numbered(200)));

        Assert.That(outcome.Code, Is.EqualTo(StatusCode.OK), outcome.Detail);
        Assert.That(outcome.Replies, Is.EqualTo(Enumerable.Range(1, 200).Select(n => new Answer($"{n}", n, 0, 1))));
    }

    [Test]
    public async Task Many_calls_share_a_connection_and_do_not_mix()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(1, 100).Select(n => CallAsync(new Call(Kind.Ask, new Message($"call {n}")))));

        Assert.That(outcomes.Select(o => o.Replies.Single().Text), Is.EqualTo(Enumerable.Range(1, 100).Select(n => $"call {n}")));
    }

    [Test]
    public async Task A_service_that_is_not_there_is_unimplemented()
    {
        var outcome = await CallAsync(new Call(Kind.Absent, new Message("anybody?")));

        Assert.That(outcome.Code, Is.EqualTo(StatusCode.Unimplemented), outcome.Detail);
        Assert.That(outcome.Replies, Is.Empty);
    }

    private static Message[] Numbered(int count) =>
        [.. Enumerable.Range(1, count).Select(n => new Message($"{n}") { PayloadBytes = 1 })];
}
