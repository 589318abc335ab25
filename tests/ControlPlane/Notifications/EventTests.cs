using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using StreamClips.ControlPlane.Tests.Accounts;

namespace StreamClips.ControlPlane.Tests.Notifications;

[Category("Slow")]
public sealed class EventTests : ControlPlaneFixture
{
    [Test]
    public async Task A_reader_sees_what_happens_and_resumes_after_a_break()
    {
        await _control.AddStreamerAsync("before", active: false);
        await using (var live = await FollowAsync(null))
        {
            await _control.AddStreamerAsync("first", active: false);
            Assert.That(await live.NextAsync(), Is.EqualTo(("streamer.added", "first")), "a new reader begins with what comes");
        }

        await _control.AddStreamerAsync("missed", active: false);
        await using var resumed = await FollowAsync("2");
        await _control.AddStreamerAsync("last", active: false);

        Assert.That(await resumed.NextAsync(), Is.EqualTo(("streamer.added", "missed")));
        Assert.That(await resumed.NextAsync(), Is.EqualTo(("streamer.added", "last")));
    }

    [Test]
    public async Task A_number_from_another_database_begins_with_what_comes()
    {
        await using var reader = await FollowAsync("999999");
        await _control.AddStreamerAsync("next", active: false);

        Assert.That((await reader.NextAsync()).Kind, Is.EqualTo("reset"));
        Assert.That(await reader.NextAsync(), Is.EqualTo(("streamer.added", "next")));
    }

    [Test]
    public async Task A_reader_that_was_away_for_too_long_is_told_so_and_goes_on_with_what_comes()
    {
        await _control.ExecuteAsync("insert into event (at, kind, data) select now(), 'test.event', '{}' from generate_series(1, 10); delete from event where id <= 5");
        await using var late = await FollowAsync("3");
        await using var inTime = await FollowAsync("5");
        await _control.AddStreamerAsync("next", active: false);

        Assert.That((await late.NextAsync()).Kind, Is.EqualTo("reset"));
        Assert.That(late.LastId, Is.EqualTo(10));
        Assert.That(await late.NextAsync(), Is.EqualTo(("streamer.added", "next")));
        Assert.That((await inTime.NextAsync(), inTime.LastId), Is.EqualTo((("test.event", ""), 6L)));
    }

    [Test]
    public async Task Users_tokens_and_drained_nodes_are_told_and_those_of_people_to_admins_alone()
    {
        await _control.ExecuteAsync("insert into node (id, host_name, agent_version, boot_id, capacity, state, first_seen_at, connected_at, last_seen_at) values ('node-1', 'h', '1', 'b', 9, 'lost', now(), now(), now())");
        var vera = await _control.AddUserAsync("vera", StreamClips.ControlPlane.Http.Role.Viewer);
        using var client = await _control.SignedInAsync("vera");
        await using var admins = await FollowAsync(null);
        await using var viewers = await FollowAsync(null, client);
        await _control.AddUserAsync("olga", StreamClips.ControlPlane.Http.Role.Operator);
        var token = (await _control.Http.TokenAsync("read")).Id;
        await _control.Http.DeleteAsync($"/tokens/{token}");
        await _control.JoinTokenAsync();
        await _control.Http.PostAsync("/nodes/node-1/drain", null);
        await _control.Http.PutAsJsonAsync($"/users/{vera}", new { role = "operator" });
        await _control.Http.PostAsync("/nodes/node-1/undrain", null);

        foreach (var kind in (string[])["user.added", "token.made", "token.revoked", "join_token.made", "node.draining", "user.changed", "node.undrained"])
            Assert.That((await admins.NextAsync()).Kind, Is.EqualTo(kind));
        foreach (var kind in (string[])["node.draining", "node.undrained"])
            Assert.That((await viewers.NextAsync()).Kind, Is.EqualTo(kind));
    }

    [Test]
    public async Task An_id_that_is_none_is_refused()
    {
        using var response = await _control.Http.GetAsync("/events?last_event_id=x");

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task Numbers_become_visible_in_their_order()
    {
        await using var reader = await FollowAsync(null);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => _control.AddStreamerAsync($"s{i}", active: false)));

        var seen = new List<long>();
        for (var i = 0; i < 20; i++)
        {
            await reader.NextAsync();
            seen.Add(reader.LastId);
        }

        Assert.That(seen, Is.Ordered.Ascending.And.Unique);
    }

    [Test]
    public async Task Only_the_newest_are_kept()
    {
        await _control.ExecuteAsync("insert into event (at, kind, data) select now(), 'test.event', '{}' from generate_series(1, 20500)");

        await _control.Get<StreamClips.ControlPlane.Database.Trimmer>().RunOnceAsync(CancellationToken.None);

        Assert.That(await _control.ScalarAsync<long>("select count(*) from event"), Is.EqualTo(20_000));
    }

    [Test]
    public async Task What_is_over_goes_and_what_runs_stays()
    {
        await _control.ExecuteAsync(
            """
            insert into node (id, host_name, agent_version, boot_id, capacity, state, first_seen_at, connected_at, last_seen_at) values ('node-1', 'h', '1', 'b', 9, 'ready', now(), now(), now());
            insert into streamer (id, name, url, active, created_at, updated_at) values (gen_random_uuid(), 'alpha', 'https://x.example', false, now(), now());
            insert into process (id, streamer_id, node_id, epoch, streamer_name, url, settings, placement, wished, state, revision, created_at, ended_at)
            select gen_random_uuid(), s.id, 'node-1', e, s.name, s.url, '{}', '', 'stop', 'stopped', 1, now() - interval '30 days', case e when 1 then now() - interval '15 days' when 2 then now() end
            from streamer s, generate_series(1, 3) e;
            insert into journal_cursor (process_id, node_id, file, position, updated_at) select id, node_id, 1, 5, now() - interval '15 days' from process;
            insert into process_ending (process_id, at, cause, last_lines) select p.id, now() - e * interval '1 day', 'crash ' || e, '{}' from process p, generate_series(0, 69) e where p.epoch = 3;
            """);

        await _control.Get<StreamClips.ControlPlane.Database.Trimmer>().RunOnceAsync(CancellationToken.None);

        Assert.That(await _control.ScalarAsync<string>("select string_agg(epoch::text, ',' order by epoch) from process"), Is.EqualTo("2,3"));
        Assert.That(await _control.ScalarAsync<long>("select count(*) from journal_cursor"), Is.EqualTo(2));
        Assert.That(await _control.ScalarAsync<string>("select count(*) || ' to ' || max(cause) filter (where at < now() - interval '48.5 days') from process_ending"), Is.EqualTo("50 to crash 49"));
    }

    private async Task<Reader> FollowAsync(string? after, HttpClient? client = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/events");
        if (after is not null) request.Headers.Add("Last-Event-ID", after);
        var response = await (client ?? _control.Http).SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("text/event-stream"));
        return new Reader(response, await response.Content.ReadAsStreamAsync());
    }

    private sealed class Reader(HttpResponseMessage response, Stream stream) : IAsyncDisposable
    {
        private readonly IAsyncEnumerator<SseItem<string>> _items = SseParser.Create(stream).EnumerateAsync().GetAsyncEnumerator();

        public long LastId { get; private set; }

        public async Task<(string Kind, string Streamer)> NextAsync()
        {
            Assert.That(await _items.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(90)), Is.True);
            LastId = long.Parse(_items.Current.EventId!);
            var data = JsonNode.Parse(_items.Current.Data)!;
            Assert.That((data["event"]!.ToString(), data["at"]!.GetValue<DateTimeOffset>().Year), Is.EqualTo((_items.Current.EventType, TimeProvider.System.GetUtcNow().Year)));
            return (_items.Current.EventType, data["streamer"]?.ToString() ?? "");
        }

        public async ValueTask DisposeAsync()
        {
            response.Dispose();
            try
            {
                await _items.DisposeAsync();
            }
            catch (Exception e) when (e is IOException or NotSupportedException)
            {
                // The stream was cut under it.
            }
        }
    }
}
