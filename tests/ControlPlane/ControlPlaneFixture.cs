namespace StreamClips.ControlPlane.Tests;

/// <summary>Tests that each have a control plane of their own, signed in as the administrator.</summary>
public abstract class ControlPlaneFixture
{
    private protected TestControlPlane _control = null!;

    [SetUp]
    public async Task StartAsync() => _control = await TestControlPlane.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _control.DisposeAsync();
}
