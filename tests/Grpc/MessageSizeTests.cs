using Google.Protobuf;
using Grpc.Core;
using StreamClips.Grpc.Tests.Pairs;
using StreamClips.Grpc.Tests.Protocol;

namespace StreamClips.Grpc.Tests;

/// <summary>Messages around the default limit of 4 MiB on what is received.</summary>
[TestFixtureSource(typeof(EveryPair), nameof(All))]
public sealed class MessageSizeTests(Side client, Side server) : EveryPair(client, server)
{
    [TestCase(Kind.Ask, -1)]
    [TestCase(Kind.Ask, 0)]
    [TestCase(Kind.Gather, 0)]
    [TestCase(Kind.Talk, 0)]
    public async Task The_server_takes_a_request_up_to_the_limit(Kind kind, int beyond)
    {
        var payload = RequestPayload(DefaultLimitBytes + beyond);

        var outcome = await CallAsync(new Call(kind, new Message { PayloadBytes = payload }));

        Assert.That(outcome.Code, Is.EqualTo(StatusCode.OK), outcome.Detail);
        Assert.That(outcome.Replies.Single().ReceivedPayloadBytes, Is.EqualTo(payload));
    }

    [TestCaseSource(typeof(Call), nameof(Call.Kinds))]
    public async Task The_server_refuses_a_request_one_byte_above_the_limit(Kind kind)
    {
        var outcome = await CallAsync(new Call(kind, new Message { PayloadBytes = RequestPayload(DefaultLimitBytes + 1) }));

        AssertEnded(outcome, StatusCode.ResourceExhausted, Refusal(ServerSide, DefaultLimitBytes + 1));
        Assert.That(outcome.Replies, Is.Empty);
    }

    [TestCase(Kind.Ask, -1)]
    [TestCase(Kind.Ask, 0)]
    public async Task The_client_takes_a_reply_up_to_the_limit(Kind kind, int beyond)
    {
        var payload = ReplyPayload(DefaultLimitBytes + beyond);

        var outcome = await CallAsync(new Call(kind, new Message { ReplyPayloadBytes = payload }));

        Assert.That(outcome.Code, Is.EqualTo(StatusCode.OK), outcome.Detail);
        Assert.That(outcome.Replies.Single().PayloadBytes, Is.EqualTo(payload));
    }

    [TestCaseSource(typeof(Call), nameof(Call.Kinds))]
    public async Task The_client_refuses_a_reply_one_byte_above_the_limit(Kind kind)
    {
        // All replies but a unary one are numbered, which takes two bytes.
        var numberBytes = kind == Kind.Ask ? 0 : 2;
        var payload = ReplyPayload(DefaultLimitBytes + 1) - numberBytes;

        var outcome = await CallAsync(new Call(kind, new Message { ReplyPayloadBytes = payload, Replies = 1 }));

        AssertEnded(outcome, StatusCode.ResourceExhausted, Refusal(ClientSide, DefaultLimitBytes + 1));
        Assert.That(outcome.Replies, Is.Empty);
    }

    private static string Refusal(Side receiver, int messageBytes) => receiver == Side.Ours
        ? "Received message exceeds the maximum configured message size."
        : $"Received message larger than max ({messageBytes} vs {DefaultLimitBytes})";

    private static int RequestPayload(int messageBytes)
    {
        var payload = messageBytes - 5;
        Assert.That(new Request { Payload = ByteString.CopyFrom(new byte[payload]) }.CalculateSize(), Is.EqualTo(messageBytes));
        return payload;
    }

    private static int ReplyPayload(int messageBytes)
    {
        var payload = messageBytes - 5;
        Assert.That(new Reply { Payload = ByteString.CopyFrom(new byte[payload]) }.CalculateSize(), Is.EqualTo(messageBytes));
        return payload;
    }
}
