using StreamClips.ControlPlane.Doctor;
using StreamClips.ControlPlane.Tests.Clips;
using StreamClips.Storage;

namespace StreamClips.ControlPlane.Tests.Doctor;

/// <summary>What a storage that takes nothing says, and what to do about it.</summary>
public sealed class StorageCheckTests
{
    [TestCase("No space left on device : '/clips/x'", "free some space there")]
    [TestCase("Read-only file system : '/clips/x'", "mount it writable")]
    [TestCase("Access to the path '/clips/x' is denied.", "let this program's user")]
    [TestCase("the server answered AccessDenied", "let this program's user")]
    [TestCase("the host key is SHA256:x", "STORAGE_SERVER_HOST_KEY")]
    [TestCase("SignatureDoesNotMatch", "STORAGE_S3_SECRET_KEY")]
    [TestCase("NoSuchBucket", "STORAGE_S3_BUCKET")]
    [TestCase("there is no such bucket: make it", "STORAGE_S3_BUCKET")]
    [TestCase("its clock and this machine's differ by more than 15 minutes", "set this machine's clock right")]
    [TestCase("Stale file handle : '/clips/streamclips-doctor/0a403f.bin'", "see that the storage runs", Description = "a number in a name is no status")]
    [TestCase("Connection refused (192.0.2.1:22)", "see that the storage runs")]
    [TestCase("something else", "its variables (STORAGE_…)")]
    [TestCase(null, "its variables (STORAGE_…)")]
    public void A_reason_has_a_remedy(string? reason, string remedy) => Assert.That(StorageCheck.Remedy(reason), Does.Contain(remedy));

    [Test]
    [Category("Slow")]
    public async Task A_directory_that_clips_were_in_and_that_is_gone_is_not_made_anew()
    {
        await using var control = await TestControlPlane.StartAsync(also: new StorageSettings { Name = "older", LocalPath = "/nonexistent/clips" });
        if (Directory.Exists(control.StoragePath)) Directory.Delete(control.StoragePath, recursive: true);
        // A warning where this machine's disk is nearly full.
        Assert.That(await StatusAsync(), Is.Not.EqualTo("fail"), "no clip was ever stored: the first one makes it");

        await control.AddNodesAsync("node-1");
        await control.SaveClipAsync(await control.AddStreamerAsync("ada", active: false));
        Directory.Delete(control.StoragePath, recursive: true);
        Assert.That(await StatusAsync(), Is.EqualTo("fail"));
        Assert.That(Directory.Exists(control.StoragePath), Is.False);

        Assert.That(await StatusAsync("older"), Is.EqualTo("ok"), "no clip lies there");
        await control.ExecuteAsync("update clip_file set storage = 'older'");
        Assert.That(await StatusAsync("older"), Is.EqualTo("fail"), "older clips do");

        async Task<string> StatusAsync(string storage = "local") => (await control.GetAsync("/doctor"))["checks"]!.AsArray().Single(c => c!["check"]!.ToString() == $"storage {storage}")!["status"]!.ToString();
    }
}
