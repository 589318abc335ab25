using StreamClips.ControlPlane.Clips;
using StreamClips.ControlPlane.Database;

namespace StreamClips.ControlPlane.Tests.Database;

/// <summary>What only grows.</summary>
[Category("Slow")]
public sealed class TrimmerTests
{
    [Test]
    public async Task What_is_left_of_removed_clips_goes_when_no_agent_can_remember_them()
    {
        await using var control = await TestControlPlane.StartAsync();
        await control.ExecuteAsync(
            """
            insert into clip_tombstone (clip_id, streamer, node_id, started_at, duration_s, lost_s, removal, reason, removed_by, removed_at)
            select gen_random_uuid(), 'ada', 'node-1', now(), 1, 0, 'deleted', '', '', now() - n * @life * interval '1 s' from (values (0.9), (1.1)) as v (n)
            """, new { life = ClipRemovalStore.TombstoneLife.TotalSeconds });

        await control.Get<Trimmer>().RunOnceAsync(CancellationToken.None);

        Assert.That(await control.ScalarAsync<long>("select count(*) from clip_tombstone"), Is.EqualTo(1));
    }
}
