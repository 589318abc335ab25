using Grpc.Core;
using StreamClips.Grpc.Tests.Pairs;

namespace StreamClips.Grpc.Tests;

/// <summary>One long stream both ways: flow control, order, and nothing kept that was read.</summary>
[Category("Slow")]
[TestFixtureSource(typeof(EveryPair), nameof(All))]
public sealed class DuplexLoadTests(Side client, Side server) : EveryPair(client, server)
{
    [Test]
    public async Task Many_messages_go_both_ways_in_order()
    {
        // The foreign programs take about 0.3 ms a message.
        var count = (ClientSide, ServerSide) == (Side.Ours, Side.Ours) ? 100_000 : 10_000;
        var messages = Enumerable.Range(1, count).Select(n => new Message($"{n}")).ToArray();

        var outcome = await CallAsync(new Call(Kind.Talk, messages));

        Assert.That(outcome.Code, Is.EqualTo(StatusCode.OK), outcome.Detail);
        Assert.That(outcome.Replies, Has.Count.EqualTo(count));
        Assert.That(outcome.Replies.Select(reply => reply.Number), Is.EqualTo(Enumerable.Range(1, count)));
        Assert.That(outcome.Replies.Select(reply => reply.Text), Is.EqualTo(messages.Select(message => message.Text)));
    }
}
