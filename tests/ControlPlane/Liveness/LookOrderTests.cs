using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Liveness;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Liveness;

/// <summary>In which order rows are locked.</summary>
public sealed class LookOrderTests
{
    [Test]
    public async Task Who_can_be_asked_is_written_in_the_order_of_the_streamers_so_that_no_two_writers_wait_for_each_other()
    {
        var connection = await TestServer.DatabaseAsync();
        await using var postgres = new Postgres(connection);
        await using var holds = new NpgsqlConnection(connection + ";Pooling=false");
        await holds.OpenAsync();
        // The last ones in order lie first in the table.
        await holds.ExecuteAsync(
            """
            insert into streamer (id, name, url, active, created_at, updated_at)
            select ('00000000-0000-0000-0000-' || to_char(1000 - n, 'FM000000000000'))::uuid, 's' || n, 'https://www.twitch.tv/s' || n, true, now(), now() from generate_series(1, 500) n
            """);
        await using var transaction = await holds.BeginTransactionAsync();
        await holds.ExecuteAsync("select 1 from live_status order by streamer_id desc limit 1 for update");

        var classified = new LivenessStore(postgres).ClassifyAsync(CancellationToken.None);

        await using var looks = new NpgsqlConnection(connection + ";Pooling=false");
        await Eventually.TrueAsync(async () => await looks.ExecuteScalarAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") == 1, "it waits for the last one");
        Assert.That(await looks.ExecuteScalarAsync<long>("select count(*) from (select 1 from live_status for update skip locked) free"), Is.Zero, "and has all those before it");
        await transaction.CommitAsync();
        Assert.That(await classified, Is.EqualTo(500));
    }
}
