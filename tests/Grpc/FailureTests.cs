using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using StreamClips.Grpc.Tests.Pairs;
using StreamClips.Grpc.Tests.Protocol;

namespace StreamClips.Grpc.Tests;

[TestFixtureSource(typeof(EveryPair), nameof(All))]
public sealed class FailureTests(Side client, Side server) : EveryPair(client, server)
{
    private static IEnumerable<StatusCode> Codes => System.Enum.GetValues<StatusCode>().Where(code => code != StatusCode.OK);

    [TestCaseSource(nameof(Codes))]
    public async Task Every_code_arrives_as_it_was_sent(StatusCode code)
    {
        var outcome = await CallAsync(new Call(Kind.Ask, new Message { Failure = new Failing(code, $"because of {code}") }));

        AssertEnded(outcome, code, $"because of {code}");
        Assert.That(outcome.Replies, Is.Empty);
    }

    [TestCaseSource(typeof(Call), nameof(Call.Kinds))]
    public async Task A_failure_carries_its_details_whatever_the_kind_of_call(Kind kind)
    {
        var details = new StatusDetails { Code = (int)StatusCode.FailedPrecondition, Message = "the disk is full" };
        details.Details.Add(Any.Pack(new Duration { Seconds = 30 }));
        var failure = new Failing(StatusCode.FailedPrecondition, "the disk is full") { StatusDetails = details.ToByteArray() };

        var outcome = await CallAsync(new Call(kind, new Message { Failure = failure }));

        AssertEnded(outcome, StatusCode.FailedPrecondition, "the disk is full");
        var received = outcome.Trailers.Single(pair => pair.Key == "grpc-status-details-bin");
        var parsed = StatusDetails.Parser.ParseFrom(Convert.FromBase64String(received.Value));
        Assert.That(parsed, Is.EqualTo(details));
        Assert.That(parsed.Details.Single().Unpack<Duration>().Seconds, Is.EqualTo(30));
    }

    [TestCase("100 % of the disk; ключ: “ß”, 🎬")]
    [TestCase("two\nlines\tand a tab")]
    [TestCase("%41 is not an A")]
    [TestCase("")]
    public async Task A_detail_of_any_characters_arrives_unchanged(string detail)
    {
        var outcome = await CallAsync(new Call(Kind.Ask, new Message { Failure = new Failing(StatusCode.Internal, detail) }));

        AssertEnded(outcome, StatusCode.Internal, detail);
    }

    [Test]
    public async Task Server_streaming_delivers_what_came_before_the_failure()
    {
        var failure = new Failing(StatusCode.DataLoss, "the rest is gone");

        var outcome = await CallAsync(new Call(Kind.Scatter, new Message("s") { Replies = 5, Failure = failure }));

        AssertEnded(outcome, StatusCode.DataLoss, "the rest is gone");
        Assert.That(outcome.Replies.Select(reply => reply.Number), Is.EqualTo(new[] { 1, 2, 3, 4, 5 }));
    }

    [Test]
    public async Task Duplex_streaming_delivers_what_came_before_the_failure()
    {
        var failing = new Message("d") { Failure = new Failing(StatusCode.InvalidArgument, "the third is wrong") };

        var outcome = await CallAsync(new Call(Kind.Talk, new Message("a"), new Message("b"), failing));

        AssertEnded(outcome, StatusCode.InvalidArgument, "the third is wrong");
        Assert.That(outcome.Replies.Select(reply => reply.Text), Is.EqualTo(new[] { "a", "b" }));
    }

    [Test]
    public async Task A_server_may_refuse_a_stream_that_the_client_has_not_ended()
    {
        var failing = new Message { Failure = new Failing(StatusCode.Unauthenticated, "who are you?") };

        var outcome = await CallAsync(new Call(Kind.Talk, failing) { Ends = false });

        AssertEnded(outcome, StatusCode.Unauthenticated, "who are you?");
    }
}
