using StreamClips.Storage.Ssh;
using StreamClips.Testing;

namespace StreamClips.Storage.Tests;

public sealed class StorageSettingsTests
{
    private const string Key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBIzmNrKSBMF1bTrmF4GqRhEh8kLDZ4hOrOTEbdGZLvC";
    private Dictionary<string, string> _variables = null!;
    private TemporaryDirectory _directory = null!;

    [SetUp]
    public void MakeVariables()
    {
        _directory = new();
        File.WriteAllText(_directory["key"], "k");
        _variables = new()
        {
            ["STORAGE_SERVER_HOST"] = "box.example.com:23", ["STORAGE_SERVER_USER"] = "u123", ["STORAGE_SERVER_PASSWORD"] = "s3cret", ["STORAGE_SERVER_PATH"] = "clips",
            ["STORAGE_SERVER_HOST_KEY"] = Key,
        };
    }

    [TearDown]
    public void RemoveDirectory() => _directory.Dispose();

    [Test]
    public void Without_a_host_it_is_a_directory()
    {
        var (settings, faults) = Read(new() { ["STORAGE_SERVER_PATH"] = "/srv/clips" });
        Assert.That(faults, Is.Empty);
        Assert.That(settings, Is.EqualTo(new StorageSettings { Name = "local", LocalPath = "/srv/clips" }));
    }

    [Test]
    public void A_host_makes_it_a_server_with_a_port_keys_and_a_jump_host()
    {
        _variables["STORAGE_SERVER_KEY_FILE"] = _directory["key"];
        _variables["STORAGE_SERVER_HOST_KEY"] = $"{Key} a comment, ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTY=";
        _variables["STORAGE_SERVER_JUMP"] = "me@[::1]:2222";
        _variables["STORAGE_SERVER_JUMP_HOST_KEY"] = Key;
        var (settings, faults) = Read(_variables);
        Assert.That(faults, Is.Empty);
        var ssh = settings!.Ssh!;
        Assert.That((settings.Name, ssh.Host, ssh.Port, ssh.User, ssh.Path, ssh.Password), Is.EqualTo(("ssh", "box.example.com", 23, "u123", "clips", "s3cret")));
        Assert.That(ssh.HostKeys, Is.EqualTo([Key, "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTY="]));
        Assert.That((ssh.Jump!.User, ssh.Jump.Host, ssh.Jump.Port), Is.EqualTo(("me", "::1", 2222)));
    }

    [Test]
    public void All_that_is_missing_is_named_at_once_with_its_prefix()
    {
        var (settings, faults) = Read(new() { ["OLD_STORAGE_SERVER_HOST"] = "h" }, "OLD_");
        Assert.That(settings, Is.Null);
        Assert.That(faults.Select(f => f.Split(' ')[0]), Is.EqualTo(
            ["OLD_STORAGE_SERVER_USER", "OLD_STORAGE_SERVER_PATH", "OLD_STORAGE_SERVER_PASSWORD", "OLD_STORAGE_SERVER_HOST_KEY"]));
    }

    [TestCase("STORAGE_SERVER_HOST", "h\n  ProxyCommand x")]
    [TestCase("STORAGE_SERVER_HOST", "-oProxyCommand=x")]
    [TestCase("STORAGE_SERVER_HOST", "h:99999")]
    [TestCase("STORAGE_SERVER_USER", "u\nv")]
    [TestCase("STORAGE_SERVER_USER", "-l")]
    [TestCase("STORAGE_SERVER_HOST_KEY", "SHA256:abc")]
    [TestCase("STORAGE_SERVER_KEY_FILE", "/no/such/file")]
    [TestCase("STORAGE_SERVER_PATH", "a\nb")]
    [TestCase("STORAGE_NAME", "A Box")]
    public void A_wrong_value_is_named_and_adds_no_line_to_the_clients_configuration(string name, string value)
    {
        _variables[name] = value;
        var (settings, faults) = Read(_variables);
        Assert.That(settings, Is.Null);
        Assert.That(faults.Single(), Does.StartWith($"{name} is '{value}': "));
    }

    [Test]
    public void The_password_is_in_no_fault()
    {
        _variables["STORAGE_SERVER_PASSWORD"] = "s3cret\nline";
        _variables["STORAGE_SERVER_USER"] = " ";
        Assert.That(string.Join('\n', Read(_variables).Faults), Does.Contain("STORAGE_SERVER_PASSWORD has more than one line").And.Not.Contain("s3cret"));
    }

    [Test]
    public void A_bucket_makes_it_s3()
    {
        var (settings, faults) = Read(new()
        {
            ["STORAGE_S3_BUCKET"] = "clips", ["STORAGE_S3_ENDPOINT"] = "https://fsn1.your-objectstorage.com", ["STORAGE_S3_REGION"] = "fsn1", ["STORAGE_S3_PREFIX"] = "/a/b/",
            ["STORAGE_S3_ACCESS_KEY"] = "id", ["STORAGE_S3_SECRET_KEY"] = "s3cret", ["STORAGE_S3_PLAYBACK"] = "proxy",
        });
        Assert.That(faults, Is.Empty);
        Assert.That(settings, Is.EqualTo(new StorageSettings
        {
            Name = "s3",
            S3 = new() { Bucket = "clips", Endpoint = new("https://fsn1.your-objectstorage.com"), Region = "fsn1", Prefix = "a/b", AccessKey = "id", SecretKey = "s3cret", PathStyle = true, Redirects = false },
        }));
    }

    [TestCase("STORAGE_S3_BUCKET", "A_B")]
    [TestCase("STORAGE_S3_ENDPOINT", "https://key:s3@h/")]
    [TestCase("STORAGE_S3_ENDPOINT", "h:9000")]
    [TestCase("STORAGE_S3_PREFIX", "../x")]
    [TestCase("STORAGE_S3_PATH_STYLE", "maybe")]
    [TestCase("STORAGE_S3_PLAYBACK", "maybe")]
    public void A_wrong_value_of_a_bucket_is_named(string name, string value)
    {
        var (settings, faults) = Read(new() { ["STORAGE_S3_BUCKET"] = "clips", ["STORAGE_S3_ACCESS_KEY"] = "id", ["STORAGE_S3_SECRET_KEY"] = "s3cret", [name] = value });
        Assert.That(settings, Is.Null);
        Assert.That(faults.Single(), Does.StartWith($"{name} is '{value}': "));
    }

    private static (StorageSettings? Settings, List<string> Faults) Read(Dictionary<string, string> variables, string prefix = "")
    {
        var faults = new List<string>();
        return (StorageSettings.Read(variables.GetValueOrDefault, prefix, null, "/work", null, faults), faults);
    }
}
