using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Secrets;
using StreamClips.ControlPlane.Streamers;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Streamers;

/// <summary>Streamers by a part of their name or address.</summary>
public sealed class StreamerSearchTests
{
    private static readonly ListOrder ByName = new("true", "lower(s.name), s.id", null, null);

    [Test]
    public async Task A_part_of_a_name_or_of_an_address_is_found_in_any_case_and_taken_as_it_is()
    {
        var database = await TestServer.DatabaseAsync();
        await TestServer.ExecuteAsync(database, Fill);
        Assert.That(await FoundAsync(database, "AdA"), Is.EqualTo((string[])["ada", "Nevada"]));
        Assert.That(await FoundAsync(database, "x.example/S9"), Is.EqualTo((string[])["plain"]));
        Assert.That(await FoundAsync(database, "100%_"), Is.EqualTo((string[])["is 100%_sure"]), "no pattern of SQL's");
        Assert.That(await FoundAsync(database, "\\"), Is.EqualTo((string[])["back\\slash"]));
        Assert.That(await FoundAsync(database, "adahttps"), Is.Empty, "no text that only stands there when both are joined");
    }

    [Test]
    [Category("Slow")]
    public async Task Where_a_role_may_make_no_extension_the_tables_are_made_all_the_same_and_search_reads_for_so_long_at_most()
    {
        var database = await TestServer.EmptyDatabaseAsync();
        var role = $"r{Guid.NewGuid():n}";
        var name = new NpgsqlConnectionStringBuilder(database).Database;
        await TestServer.ExecuteAsync(database, $"create role {role} login password '{role}'; grant create, usage on schema public to {role}; revoke create on database {name} from public");
        var asRole = new NpgsqlConnectionStringBuilder(database) { Username = role, Password = role }.ConnectionString;

        await Migrations.BuiltIn.RunAsync(asRole, TimeProvider.System, CancellationToken.None);

        await using (var connection = new NpgsqlConnection(database + ";Pooling=false"))
        {
            Assert.That(await connection.ExecuteScalarAsync<long>("select count(*) from pg_extension where extname = 'pg_trgm'"), Is.Zero);
            Assert.That(await connection.ExecuteScalarAsync<string>("select to_regclass('streamer_words')::text"), Is.Null);
        }

        await TestServer.ExecuteAsync(database, Fill);
        Assert.That(await FoundAsync(asRole, "AdA"), Is.EqualTo((string[])["ada", "Nevada"]));
        await using var postgres = new Postgres(asRole);
        Assert.That(await postgres.SearchAsync<string>(TimeSpan.FromMilliseconds(100), c => c.ExecuteScalarAsync<string>("select pg_sleep(600)::text")!, CancellationToken.None), Is.Null, "what takes too long is given up");
    }

    private static async Task<IReadOnlyList<string>> FoundAsync(string database, string text)
    {
        await using var postgres = new Postgres(database);
        var store = new StreamerStore(postgres, new AddressSeal(SecretKey.Of(new() { DataDirectory = Path.GetTempPath(), Storages = [], SecretKey = TestControlPlane.Secret })), TimeProvider.System);
        return [.. (await store.ListAsync(new StreamerFilter(null, null, text), ByName, 100, CancellationToken.None))!.Select(s => s.Name)];
    }

    private const string Fill =
        """
        insert into streamer (id, name, url, active, created_at, updated_at) select gen_random_uuid(), name, url, true, now(), now() from (values
            ('ada', 'https://www.twitch.tv/lovelace'), ('Nevada', 'https://www.twitch.tv/nv'), ('plain', 'https://X.example/s9'), ('is 100%_sure', 'https://www.twitch.tv/sure'),
            ('is 100 %sure', 'https://www.twitch.tv/unsure'), ('back\slash', 'https://www.twitch.tv/back')) v (name, url);
        """;
}
