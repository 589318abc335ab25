using System.Security.Cryptography;
using System.Text;
using StreamClips.Testing;

namespace StreamClips.Storage.Tests;

public sealed class LocalDiskStorageTests
{
    private static readonly StorageKey Key = StorageKey.OfClip("streamer", new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), "clip", "mp4");
    private TemporaryDirectory _directory = null!;
    private LocalDiskStorage _storage = null!;

    [SetUp]
    public void MakeStorage()
    {
        _directory = new TemporaryDirectory();
        _storage = new LocalDiskStorage(_directory["store"]);
    }

    [TearDown]
    public void RemoveStorage() => _directory.Dispose();

    [Test]
    public async Task A_stored_file_is_there_under_its_key_and_nothing_beside_it()
    {
        var source = Source("bytes");

        var result = await _storage.StoreAsync(Key, source, CancellationToken.None);

        Assert.That(result, Is.EqualTo(new StoreResult(StoreOutcome.Stored)));
        Assert.That(File.ReadAllText(_storage.PathOf(Key)), Is.EqualTo("bytes"));
        Assert.That(Files(), Is.EqualTo([_storage.PathOf(Key)]));
        Assert.That(File.Exists(source.Path), "the source is its owner's to delete");
    }

    [Test]
    public async Task Storing_the_same_again_finds_it_there()
    {
        await _storage.StoreAsync(Key, Source("bytes"), CancellationToken.None);

        Assert.That((await _storage.StoreAsync(Key, Source("bytes"), CancellationToken.None)).Outcome, Is.EqualTo(StoreOutcome.AlreadyThere));
    }

    [Test]
    public async Task Other_bytes_under_the_key_are_never_overwritten()
    {
        await _storage.StoreAsync(Key, Source("first"), CancellationToken.None);

        var result = await _storage.StoreAsync(Key, Source("other"), CancellationToken.None);

        Assert.That(result.Outcome, Is.EqualTo(StoreOutcome.Conflict));
        Assert.That(result.Reason, Does.Contain(Key.Value));
        Assert.That(File.ReadAllText(_storage.PathOf(Key)), Is.EqualTo("first"));
    }

    [Test]
    public void What_may_not_be_read_is_a_failure_of_the_storage()
    {
        // Root may read any file, but nobody reads a directory.
        Directory.CreateDirectory(_storage.PathOf(Key));

        Assert.That(() => _storage.OpenReadAsync(Key, CancellationToken.None), Throws.InstanceOf<IOException>().With.Message.Contains(Key.Value));
    }

    [Test]
    public async Task A_part_file_of_a_try_that_was_killed_is_replaced()
    {
        var part = Path.Combine(Path.GetDirectoryName(_storage.PathOf(Key))!, ".clip.mp4.part");
        Directory.CreateDirectory(Path.GetDirectoryName(part)!);
        File.WriteAllText(part, "the longer rest of a try that was killed");

        Assert.That((await _storage.StoreAsync(Key, Source("bytes"), CancellationToken.None)).Outcome, Is.EqualTo(StoreOutcome.Stored));

        Assert.That(File.ReadAllText(_storage.PathOf(Key)), Is.EqualTo("bytes"));
        Assert.That(Files(), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task A_source_whose_bytes_changed_is_not_stored([Values("bytez", "byte", "")] string now)
    {
        var source = Source("bytes");
        File.WriteAllText(source.Path, now);

        var result = await _storage.StoreAsync(Key, source, CancellationToken.None);

        Assert.That(result.Outcome, Is.EqualTo(StoreOutcome.SourceDamaged));
        Assert.That(result.Reason, Does.Contain(source.Path));
        Assert.That(File.Exists(_storage.PathOf(Key)), Is.False);
    }

    [Test]
    public async Task A_missing_source_is_damage_and_no_exception()
    {
        var source = Source("bytes");
        File.Delete(source.Path);

        Assert.That((await _storage.StoreAsync(Key, source, CancellationToken.None)).Outcome, Is.EqualTo(StoreOutcome.SourceDamaged));
    }

    [Test]
    public async Task A_storage_that_cannot_be_written_is_unavailable_until_it_is_back()
    {
        File.WriteAllText(_directory["store"], "a file where the directory should be");
        var result = await _storage.StoreAsync(Key, Source("bytes"), CancellationToken.None);
        Assert.That(result.Outcome, Is.EqualTo(StoreOutcome.Unavailable));
        Assert.That(result.Reason, Does.Contain(_directory["store"]));

        File.Delete(_directory["store"]);

        Assert.That((await _storage.StoreAsync(Key, Source("bytes"), CancellationToken.None)).Outcome, Is.EqualTo(StoreOutcome.Stored));
    }

    [Test]
    public async Task Two_at_once_of_one_key_leave_one_whole_file()
    {
        var content = string.Concat(Enumerable.Repeat("0123456789", 300_000));
        var sources = Enumerable.Range(0, 4).Select(_ => Source(content)).ToList();

        var results = await Task.WhenAll(sources.Select(s => Task.Run(() => _storage.StoreAsync(Key, s, CancellationToken.None))));

        Assert.That(results.Count(r => r.IsThere), Is.GreaterThanOrEqualTo(1), string.Join('\n', results.Select(r => r.Reason)));
        Assert.That(results.Select(r => r.Outcome), Has.None.EqualTo(StoreOutcome.Conflict));
        Assert.That((await _storage.StoreAsync(Key, sources[0], CancellationToken.None)).Outcome, Is.EqualTo(StoreOutcome.AlreadyThere));
    }

    private string[] Files() => Directory.GetFiles(_directory["store"], "*", SearchOption.AllDirectories);

    private StoreSource Source(string content)
    {
        var path = _directory[$"{Guid.NewGuid()}.mp4"];
        File.WriteAllText(path, content);
        var bytes = Encoding.UTF8.GetBytes(content);
        return new(path, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }
}
