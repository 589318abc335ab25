using Grpc.Core;
using StreamClips.Grpc.Tests.Pairs;

namespace StreamClips.Grpc.Tests;

/// <summary>Calls that do not run to their end: deadlines and cancellation.</summary>
[TestFixtureSource(typeof(EveryPair), nameof(All))]
public sealed class EndingTests(Side client, Side server) : EveryPair(client, server)
{
    [Test]
    public async Task A_deadline_ends_a_call_of_every_kind_on_both_sides()
    {
        var started = TimeProvider.System.GetTimestamp();

        await Task.WhenAll(Call.Kinds.Select(async kind =>
        {
            // On a busy machine a deadline may be over before the server has heard of the call: that tells nothing of the server.
            string text;
            var deadline = TimeSpan.FromSeconds(1);
            do
            {
                text = $"{kind} {Guid.NewGuid()}";
                var outcome = await CallAsync(new Call(kind, new Message(text) { Wait = true }) { Deadline = deadline, Ends = false });
                Assert.That(outcome.Code, Is.EqualTo(StatusCode.DeadlineExceeded), $"{kind}: {outcome.Detail}");
                Assert.That(outcome.Replies, Is.Empty);
                deadline *= 3;
            }
            while (!await Server.Waiting.BeganSoonAsync(text) && deadline < TimeSpan.FromMinutes(1));
            await Server.Waiting.EndedAsync(text);
        }));

        Assert.That(TimeProvider.System.GetElapsedTime(started).TotalSeconds, Is.GreaterThan(0.95));
    }

    [TestCaseSource(typeof(Call), nameof(Call.Kinds))]
    public async Task A_call_that_the_client_cancels_ends_on_the_server(Kind kind)
    {
        var text = $"{kind} {Guid.NewGuid()}";
        using var cancellation = new CancellationTokenSource();

        var calling = CallAsync(new Call(kind, new Message(text) { Wait = true }) { Ends = false }, cancellation.Token);
        await Server.Waiting.BeganAsync(text);
        await cancellation.CancelAsync();

        Assert.That((await calling).Code, Is.EqualTo(StatusCode.Cancelled));
        await Server.Waiting.EndedAsync(text);
    }

    [Test]
    public async Task A_deadline_in_the_past_fails_before_it_does_anything()
    {
        var outcome = await CallAsync(new Call(Kind.Ask, new Message("late")) { Deadline = TimeSpan.FromSeconds(-1) });

        Assert.That(outcome.Code, Is.EqualTo(StatusCode.DeadlineExceeded), outcome.Detail);
        Assert.That(outcome.Replies, Is.Empty);
    }

    [Test]
    public async Task A_deadline_that_is_not_reached_changes_nothing()
    {
        var outcome = await CallAsync(new Call(Kind.Ask, new Message("in time")) { Deadline = TimeSpan.FromMinutes(1) });

        Assert.That(outcome.Code, Is.EqualTo(StatusCode.OK), outcome.Detail);
        Assert.That(outcome.Replies.Single().Text, Is.EqualTo("in time"));
    }
}
