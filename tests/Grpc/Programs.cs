using StreamClips.Grpc.Tests.Pairs;

namespace StreamClips.Grpc.Tests;

/// <summary>The programs that all fixtures share.</summary>
[SetUpFixture]
public sealed class Programs
{
    public static OurClient OurClient { get; } = new();

    public static OurServer OurServer { get; private set; } = null!;

    public static ForeignClient ForeignClient { get; private set; } = null!;

    public static ForeignServer ForeignServer { get; private set; } = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        OurServer = await OurServer.StartAsync();
        await ForeignPackages.InstallAsync();
        ForeignClient = await ForeignClient.StartAsync();
        ForeignServer = await ForeignServer.StartAsync();
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        foreach (var program in new IAsyncDisposable?[] { ForeignClient, ForeignServer, OurClient, OurServer })
        {
            if (program is not null)
                await program.DisposeAsync();
        }

        // Refusals, deadlines and cancelled calls are the everyday of a server: none of them may be an error in its log.
        Assert.That(OurServer.Log.Errors, Is.Empty);
    }
}
