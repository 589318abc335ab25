namespace StreamClips.Shared.Tests;

/// <summary>What is told of an RTMP address, and which are refused.</summary>
public sealed class RtmpAddressTests
{
    [TestCase("rtmp://u:p@a.example/live/s3cret?k=v", "rtmp://****@a.example/live/****")]
    [TestCase("RTMPS://A.example:443/live/s3cret#x", "rtmps://a.example:443/live/****")]
    [TestCase("rtmp://[::1]:1936/live/instance/s3cret", "rtmp://[::1]:1936/live/****")]
    [TestCase("rtmp://a.example//live//s3cret", "rtmp://a.example/live/****")]
    [TestCase("rtmps://a.example/s3cret", "rtmps://a.example/****")]
    [TestCase("rtmps://a.example", "rtmps://a.example/")]
    public void Of_an_address_only_the_application_is_told(string address, string told) => Assert.That(RtmpAddress.Masked(new Uri(address)), Is.EqualTo(told));

    [TestCase("rtmp://u:p@a.example:1936/live/s3cret?k=v", "rtmp://a.example:1936/live/")]
    [TestCase("rtmp://a.example/s3cret", "rtmp://a.example/")]
    public void The_beginning_holds_no_secret(string address, string beginning) => Assert.That(RtmpAddress.WithoutKey(new Uri(address)), Is.EqualTo(beginning));

    [TestCase("rtmp://a.example/live/key", null)]
    [TestCase("RTMPS://user:password@a.example:443/live/instance/key?token=1", null)]
    [TestCase("rtmp:///live/key", "is no RTMP address")]
    [TestCase("rtmp://a.example", "names no application and no stream key")]
    [TestCase("rtmp://a.example/live/", "has no stream key behind the application")]
    [TestCase("rtmp://a.example/live/****", "holds ****")]
    [TestCase("rtmp://****@a.example/live/key", "holds ****")]
    [TestCase("https://a.example/live/key", "is no RTMP address")]
    public void An_address_without_its_parts_is_refused_with_the_reason(string address, string? reason) =>
        Assert.That(RtmpAddress.Fault(address), reason is null ? Is.Null : Does.StartWith(reason!));

    [Test]
    public void What_another_program_complains_of_is_told_without_the_key()
    {
        var address = new Uri("rtmp://us3r:pw@a.example/live/s3cret%2Bkey?token=t0ken#fr4gment");
        const string Said = "[rtmp] Unexpected stream s3cret+key, expecting s3cret%2Bkey?token=t0ken#fr4gment | rtmp://us3r:pw@a.example/live/s3cret%2Bkey?token=t0ken#fr4gment: I/O error for us3r:pw";

        Assert.That(RtmpAddress.WithoutSecrets(address, Said), Does.Not.Contain("s3cret").And.Not.Contain("t0ken").And.Not.Contain("fr4g").And.Not.Contain("us3r").And.Contain("I/O error"));
    }
}
