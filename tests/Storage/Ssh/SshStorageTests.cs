using StreamClips.Storage.Ssh;
using StreamClips.Testing;

namespace StreamClips.Storage.Tests.Ssh;

/// <summary>Storing on a real server.</summary>
public sealed class SshStorageTests
{
    private SshBench _bench = null!;

    [SetUp]
    public async Task StartServer() => _bench = await SshBench.StartAsync();

    [TearDown]
    public async Task StopServer() => await _bench.DisposeAsync();

    [Test]
    public async Task A_file_is_stored_whole_read_in_ranges_and_deleted()
    {
        var storage = _bench.Storage();
        var source = _bench.Source((3 << 20) + 17);
        Assert.That(await storage.StoreAsync(SshBench.Key(), source, default), Is.EqualTo(new StoreResult(StoreOutcome.Stored)));
        Assert.That(_bench.Files(), Is.EqualTo([SshBench.Key().Value]), "no part is left");

        var content = await File.ReadAllBytesAsync(source.Path);
        Assert.That(await File.ReadAllBytesAsync(_bench.Stored()), Is.EqualTo(content));
        await using (var stream = await storage.OpenReadAsync(SshBench.Key(), default))
        {
            Assert.That(stream!.Length, Is.EqualTo(content.Length));
            var (all, tail) = (new byte[content.Length], new byte[1000]);
            await stream.ReadExactlyAsync(all);
            Assert.That(all, Is.EqualTo(content));
            stream.Position = content.Length - 1000;
            await stream.ReadExactlyAsync(tail);
            Assert.That(tail, Is.EqualTo(content[^1000..]));
            Assert.That(await stream.ReadAsync(tail), Is.Zero);
        }

        await storage.DeleteAsync(SshBench.Key(), default);
        await storage.DeleteAsync(SshBench.Key(), default);
        Assert.That(await storage.OpenReadAsync(SshBench.Key(), default), Is.Null);
        Assert.That(_bench.Files(), Is.Empty);
    }

    [Test]
    public async Task The_same_file_is_there_already_and_another_ones_bytes_stay()
    {
        var storage = _bench.Storage();
        var (source, other) = (_bench.Source(100_000), _bench.Source(100_000, seed: 2));
        await storage.StoreAsync(SshBench.Key(), source, default);
        Assert.That((await storage.StoreAsync(SshBench.Key(), source, default)).Outcome, Is.EqualTo(StoreOutcome.AlreadyThere));
        var conflict = await storage.StoreAsync(SshBench.Key(), other, default);
        Assert.That(conflict.Outcome, Is.EqualTo(StoreOutcome.Conflict), conflict.Reason);
        Assert.That(await File.ReadAllBytesAsync(_bench.Stored()), Is.EqualTo(await File.ReadAllBytesAsync(source.Path)));
    }

    [Test]
    public async Task Two_that_store_under_one_name_at_once_end_with_one_whole_file()
    {
        var (source, other) = (_bench.Source(2 << 20), _bench.Source(2 << 20, seed: 2));
        var results = await Task.WhenAll(_bench.Storage().StoreAsync(SshBench.Key(), source, default), _bench.Storage().StoreAsync(SshBench.Key(), other, default));
        Assert.That(results.Select(r => r.Outcome).Order(), Is.EqualTo([StoreOutcome.Stored, StoreOutcome.Conflict]));
        var winner = results[0].IsThere ? source : other;
        Assert.That(await File.ReadAllBytesAsync(_bench.Stored()), Is.EqualTo(await File.ReadAllBytesAsync(winner.Path)));
        Assert.That(_bench.Files(), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task A_source_that_changed_is_damaged_and_nothing_of_it_stays()
    {
        var source = _bench.Source(200_000);
        await File.WriteAllBytesAsync(source.Path, new byte[200_000]);
        Assert.That((await _bench.Storage().StoreAsync(SshBench.Key(), source, default)).Outcome, Is.EqualTo(StoreOutcome.SourceDamaged));
        Assert.That((await _bench.Storage().StoreAsync(SshBench.Key(), source with { SizeBytes = 1 }, default)).Outcome, Is.EqualTo(StoreOutcome.SourceDamaged));
        Assert.That(_bench.Files(), Is.Empty);
    }

    [Test]
    public async Task A_part_that_is_not_what_was_sent_is_noticed_and_sent_again()
    {
        var source = _bench.Source(2 << 20);
        var part = Path.Combine(Path.GetDirectoryName(_bench.Stored())!, $".clip.mp4.{source.Sha256[..16]}.part");
        Directory.CreateDirectory(Path.GetDirectoryName(part)!);
        await File.WriteAllBytesAsync(part, new byte[1 << 20]);
        Assert.That(await _bench.Storage().StoreAsync(SshBench.Key(), source, default), Is.EqualTo(new StoreResult(StoreOutcome.Stored)));
        Assert.That(await File.ReadAllBytesAsync(_bench.Stored()), Is.EqualTo(await File.ReadAllBytesAsync(source.Path)));
        Assert.That(_bench.Server.Received, Is.GreaterThan(3 << 20), "the second half, and then all of it");
    }

    [Test]
    public async Task A_full_quota_is_told_and_what_was_written_is_continued_once_there_is_room()
    {
        var source = _bench.Source(4 << 20);
        _bench.Server.Limit(2048);
        var storage = _bench.Storage();
        var full = await storage.StoreAsync(SshBench.Key(), source, default);
        Assert.That(full.Outcome, Is.EqualTo(StoreOutcome.Unavailable));
        Assert.That(full.Reason, Does.Contain("quota is most likely full"));
        Assert.That(_bench.Files(), Has.All.EndsWith(".part"), "there is no clip");

        _bench.Server.Limit(null);
        var before = _bench.Server.Received;
        Assert.That(await _bench.Storage().StoreAsync(SshBench.Key(), source, default), Is.EqualTo(new StoreResult(StoreOutcome.Stored)));
        Assert.That(await File.ReadAllBytesAsync(_bench.Stored()), Is.EqualTo(await File.ReadAllBytesAsync(source.Path)));
        Assert.That(_bench.Server.Received - before, Is.LessThan(3 << 20), "not all of it was sent again");
    }

    [Test]
    public async Task An_upload_whose_server_is_killed_goes_on_where_it_was()
    {
        var source = _bench.Source(8 << 20);
        var storage = _bench.Storage();
        _bench.Server.BytesPerSecond = 4 << 20;
        var upload = storage.StoreAsync(SshBench.Key(), source, default);
        await Eventually.TrueAsync(() => _bench.Server.Received > 4 << 20, "half of it is on its way");
        _bench.Server.KillSessions();
        var cut = await upload;
        Assert.That(cut.Outcome, Is.EqualTo(StoreOutcome.Unavailable), cut.Reason);

        _bench.Server.BytesPerSecond = 0;
        var before = _bench.Server.Received;
        Assert.That(await storage.StoreAsync(SshBench.Key(), source, default), Is.EqualTo(new StoreResult(StoreOutcome.Stored)), "the same storage connects anew");
        Assert.That(await File.ReadAllBytesAsync(_bench.Stored()), Is.EqualTo(await File.ReadAllBytesAsync(source.Path)));
        Assert.That(_bench.Server.Received - before, Is.LessThan(7 << 20), "the first half was there, but for what was under way");
    }

    [Test]
    public async Task An_upload_that_is_cancelled_leaves_the_connection_to_the_others()
    {
        var storage = _bench.Storage();
        await storage.StoreAsync(SshBench.Key("a/b.mp4"), _bench.Source(10), default);
        _bench.Server.BytesPerSecond = 4 << 20;
        using var stop = new CancellationTokenSource();
        var upload = storage.StoreAsync(SshBench.Key(), _bench.Source(8 << 20), stop.Token);
        await Eventually.TrueAsync(() => _bench.Server.Received > 1 << 20, "it is on its way");
        await stop.CancelAsync();
        Assert.That(async () => await upload, Throws.InstanceOf<OperationCanceledException>());
        _bench.Server.BytesPerSecond = 0;
        Assert.That(await storage.StoreAsync(SshBench.Key("a/c.mp4"), _bench.Source(100_000, seed: 3), default), Is.EqualTo(new StoreResult(StoreOutcome.Stored)));
    }

    [Test]
    public async Task A_server_that_is_away_is_told_and_used_again_when_it_is_back()
    {
        var storage = _bench.Storage();
        await storage.StoreAsync(SshBench.Key("a/b.mp4"), _bench.Source(10), default);
        await _bench.Server.GoAwayAsync();
        for (var i = 0; i < 2; i++)
        {
            var away = await storage.StoreAsync(SshBench.Key(), _bench.Source(1000), default);
            Assert.That(away.Outcome, Is.EqualTo(StoreOutcome.Unavailable));
            Assert.That(away.Reason, Does.Contain($"127.0.0.1:{_bench.Server.Port}"));
            Assert.That(away.Reason, Does.Not.Contain("debug1"));
        }

        Assert.That(async () => await storage.OpenReadAsync(SshBench.Key(), default), Throws.InstanceOf<IOException>().With.Message.Contains("Connection refused"));
        _bench.Server.ComeBack();
        Assert.That(await storage.StoreAsync(SshBench.Key(), _bench.Source(1000), default), Is.EqualTo(new StoreResult(StoreOutcome.Stored)));
    }

    [Test, Category("Slow")]
    public async Task A_server_that_stands_still_is_given_up()
    {
        var storage = _bench.Storage(_bench.Options() with { KeepAlive = TimeSpan.FromSeconds(3) });
        Assert.That((await storage.StoreAsync(SshBench.Key("a/b.mp4"), _bench.Source(10), default)).Outcome, Is.EqualTo(StoreOutcome.Stored));
        _bench.Server.Freeze();
        var frozen = await storage.StoreAsync(SshBench.Key(), _bench.Source(1000), default);
        Assert.That(frozen.Outcome, Is.EqualTo(StoreOutcome.Unavailable));
        Assert.That(frozen.Reason, Does.Contain("not responding").IgnoreCase);
    }

    [Test, Category("Slow")]
    public async Task A_server_whose_disk_hangs_is_given_up_though_the_connection_lives()
    {
        var storage = _bench.Storage(_bench.Options() with { AnswerTimeout = TimeSpan.FromSeconds(4) });
        Assert.That((await storage.StoreAsync(SshBench.Key("a/b.mp4"), _bench.Source(10), default)).Outcome, Is.EqualTo(StoreOutcome.Stored));
        _bench.Server.HangSftp();
        var hung = await storage.StoreAsync(SshBench.Key(), _bench.Source(1000), default).WaitAsync(TimeSpan.FromSeconds(90));
        Assert.That(hung.Outcome, Is.EqualTo(StoreOutcome.Unavailable));
        Assert.That(hung.Reason, Does.Contain("has answered nothing for 4 s").And.Contain("check the disk"));
        Assert.That((await storage.StoreAsync(SshBench.Key(), _bench.Source(1000), default)).Outcome, Is.EqualTo(StoreOutcome.Stored), "the next one connects anew");
    }

    [Test]
    public async Task Files_whose_viewers_left_while_they_were_opened_do_not_use_up_the_servers_handles()
    {
        _bench.Server.MostFiles(20);
        var key = SshBench.Key();
        await _bench.Storage().StoreAsync(key, _bench.Source(1000), default);
        await using var connection = await SftpConnection.OpenAsync(_bench.Options(), TimeProvider.System, default);
        var files = new SftpFiles(connection);
        _bench.Server.Freeze();
        using var left = new CancellationTokenSource();
        var openings = Enumerable.Range(0, 40).Select(_ => files.OpenReadAsync(_bench.Stored(key), left.Token)).ToList();
        await connection.SendAsync(SftpType.Stat, r => r.Text(_bench.Stored(key)), default);
        await left.CancelAsync();
        foreach (var opening in openings) Assert.That(async () => await opening, Throws.InstanceOf<OperationCanceledException>());

        _bench.Server.Thaw();
        await Eventually.TrueAsync(OpensAsync, "a file can be opened again");

        async Task<bool> OpensAsync()
        {
            try
            {
                await files.CloseAsync(await files.OpenReadAsync(_bench.Stored(key), default), default);
                return true;
            }
            catch (SftpException)
            {
                return false;
            }
        }
    }

    [Test]
    public async Task Whoever_holds_a_connection_that_was_given_up_gets_a_reason()
    {
        var storage = _bench.Storage();
        await storage.StoreAsync(SshBench.Key(), _bench.Source(1 << 20), default);
        await using var watched = await storage.OpenReadAsync(SshBench.Key(), default);
        _bench.Server.KillSessions();
        await Eventually.TrueAsync(async () => (await storage.StoreAsync(SshBench.Key("a/b.mp4"), _bench.Source(10), default)).IsThere, "another one has connected anew");
        Assert.That(async () => await watched!.ReadExactlyAsync(new byte[10]), Throws.InstanceOf<IOException>().With.Message.Contains("127.0.0.1"));
    }
}
