using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using StreamClips.NodeAgent.Host;

namespace StreamClips.NodeAgent.Tests.Host;

public sealed class AgentHostTests
{
    [TestCase(true, 1)]
    [TestCase(false, 0)]
    public async Task The_exit_code_tells_a_failed_service_from_a_stop(bool fails, int code)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddHostedService(s => new Service(s.GetRequiredService<IHostApplicationLifetime>(), fails));

        Assert.That(await AgentHost.RunAsync(builder.Build()), Is.EqualTo(code));
    }

    private sealed class Service(IHostApplicationLifetime lifetime, bool fails) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await Task.Yield();
            if (fails) throw new InvalidOperationException("a fault of the program");
            lifetime.StopApplication();
        }
    }
}
