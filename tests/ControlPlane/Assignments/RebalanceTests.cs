using System.Net;
using System.Text.Json.Nodes;
using StreamClips.ControlPlane.Assignments;

namespace StreamClips.ControlPlane.Tests.Assignments;

public sealed class RebalanceTests
{
    [Test]
    public async Task A_request_moves_channels_to_the_empty_node_says_why_and_is_over_when_the_load_is_even()
    {
        await using var control = await TestControlPlane.StartAsync();
        await control.ExecuteAsync(
            """
            insert into node (id, host_name, agent_version, boot_id, capacity, state, first_seen_at, connected_at, last_seen_at)
            select 'node-' || i, 'h', '1', 'b', 10, 'ready', now(), now(), now() from generate_series(1, 2) i;
            insert into streamer (id, name, url, active, last_epoch, created_at, updated_at)
            select gen_random_uuid(), 's' || i, 'https://www.twitch.tv/s' || i, true, 1, now(), now() from generate_series(1, 4) i;
            update balance set balanced_at = now() + interval '1 second';
            """);
        var settings = StreamClips.Shared.Settings.ClipSettings.Default.ToJson();
        await control.ExecuteAsync(
            """
            insert into process (id, streamer_id, node_id, epoch, streamer_name, url, settings, placement, wished, state, revision, created_at)
            select gen_random_uuid(), s.id, 'node-1', 1, s.name, s.url, @settings::jsonb, 'by hand', 'run', 'running', 1, now() - interval '1 hour' from streamer s
            on conflict do nothing
            """, new { settings });
        await control.ExecuteAsync("update process set node_id = 'node-1', created_at = now() - interval '1 hour' where wished = 'run'");
        await control.ExecuteAsync("update balance set balanced_at = now()");

        using var answer = await control.Http.PostAsync("/nodes/rebalance", null);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Accepted));
        Assert.That(JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["asked_by"]!.ToString(), Is.EqualTo("admin"));
        await control.Get<AssignmentLoop>().RunOnceAsync(CancellationToken.None);

        Assert.That(await control.ScalarAsync<long>("select count(*) from process where wished = 'run' and node_id = 'node-2'"), Is.EqualTo(2));
        var items = (await control.GetAsync("/streamers"))["items"]!.AsArray();
        Assert.That(items.Select(s => s!["process"]!["placement"]!.ToString()), Has.Exactly(2).StartsWith("on node-2: evens out the load, as admin asked (node-1 had "));
        Assert.That(await control.ScalarAsync<string>("select data->>'reason' from event where kind = 'nodes.balanced'"), Is.EqualTo("the load is even: node-1 has most with 2 of 10, node-2 least with 2 of 10"));
        Assert.That(await control.Get<AssignmentStore>().WishAsync(CancellationToken.None), Is.Null, "it is done");
    }
}
