using StreamClips.ClipWorker.Commands;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Commands;

/// <summary>Addresses that hold a key need not stand among the arguments.</summary>
[TestFixture]
internal sealed class WatchAddressTests
{
    private readonly List<string> _faults = [];

    [SetUp]
    public void Forget() => _faults.Clear();

    [Test]
    public async Task An_address_is_an_argument_or_the_first_line_of_the_standard_input_or_of_a_file()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory["url"], " rtmp://host/app/key \nnothing else\n");
        Assert.That(await ReadAsync("https://x/", null), Is.EqualTo("https://x/"));
        Assert.That(await ReadAsync("-", null, "rtmp://host/app/key\r\nmore"), Is.EqualTo("rtmp://host/app/key"));
        Assert.That(await ReadAsync(null, directory["url"]), Is.EqualTo("rtmp://host/app/key"));
        Assert.That(_faults, Is.Empty);
    }

    [TestCase(null, null, "", "no URL is given")]
    [TestCase("https://x/", "file", "", "both given")]
    [TestCase("-", null, "\nhttps://x/", "the first line of standard input is empty")]
    [TestCase(null, "/nowhere/url", "", "'/nowhere/url' cannot be read")]
    public async Task What_is_missing_or_too_much_is_named(string? argument, string? file, string input, string fault)
    {
        Assert.That(await ReadAsync(argument, file, input), Is.Null);
        Assert.That(_faults.Single(), Does.Contain(fault));
    }

    [Test]
    public async Task A_line_without_an_end_is_not_read_to_its_end()
    {
        Assert.That(await ReadAsync("-", null, new string('x', 100_000)), Is.Null);
        Assert.That(_faults.Single(), Does.Contain("more than 4096 characters"));
    }

    private Task<string?> ReadAsync(string? argument, string? file, string input = "") => WatchAddress.ReadAsync(argument, file, new StringReader(input), _faults);
}
