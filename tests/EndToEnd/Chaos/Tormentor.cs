namespace StreamClips.EndToEnd.Tests.Chaos;

/// <summary>Carries out a plan of faults, and takes each of them back when its time is over.</summary>
internal sealed class Tormentor(ChaosStack stack)
{
    /// <summary>Carries it out; each target's faults one after the other.</summary>
    public Task RunAsync(IReadOnlyList<Fault> plan)
    {
        var begun = TimeProvider.System.GetTimestamp();
        return Task.WhenAll(plan.GroupBy(f => f.Target).Select(async faults =>
        {
            foreach (var fault in faults)
            {
                var wait = fault.At - TimeProvider.System.GetElapsedTime(begun);
                if (wait > TimeSpan.Zero) await Task.Delay(wait, TimeProvider.System);
                stack.Chronicle.Add($"{fault}");
                await DoAsync(fault);
            }
        }));
    }

    private Task DoAsync(Fault fault) => fault.Target switch
    {
        "agent" => ProgramAsync(stack.Agent, fault),
        "control plane" => ProgramAsync(stack.ControlPlane, fault),
        "worker" => OneAsync(stack.Workers(), fault),
        "postgres" => PostgresAsync(fault),
        "sshd" => SshAsync(fault),
        _ => LinkAsync(fault),
    };

    private static async Task ProgramAsync(KeptProgram program, Fault fault)
    {
        if (fault.Kind == "stop")
        {
            await program.StandStillAsync(fault.Lasts);
            return;
        }

        program.Away = fault.Lasts;
        program.Signal(fault.Kind == "kill" ? Signals.Kill : Signals.Terminate);
    }

    private static async Task OneAsync(IReadOnlyList<int> processes, Fault fault)
    {
        if (processes.Count == 0) return;
        var process = processes[fault.Draw % processes.Count];
        if (fault.Kind == "stop") await StandStillAsync([process], fault.Lasts);
        else Processes.KillAtOnce(process);
    }

    private async Task PostgresAsync(Fault fault)
    {
        var (main, backends) = stack.Postgres();
        switch (fault.Kind)
        {
            case "kill" when main is { } pid:
                Processes.KillAtOnce(pid);
                break;
            case "kill backend":
                await OneAsync(backends, fault);
                break;
            case "stop":
                await StandStillAsync([.. backends, .. main is { } also ? [also] : Array.Empty<int>()], fault.Lasts);
                break;
        }
    }

    private async Task SshAsync(Fault fault)
    {
        var server = stack.Ssh;
        switch (fault.Kind)
        {
            case "kill":
                server.KillSessions();
                break;
            case "away":
                server.Refuses = true;
                server.KillSessions();
                await Task.Delay(fault.Lasts, TimeProvider.System);
                server.Refuses = false;
                break;
            case "stop":
                server.Freeze();
                await Task.Delay(fault.Lasts, TimeProvider.System);
                server.Thaw();
                break;
        }
    }

    private async Task LinkAsync(Fault fault)
    {
        var wire = stack.Wire;
        switch (fault.Kind)
        {
            case "cut":
                wire.Cut();
                return;
            case "half-close up" or "half-close down":
                wire.HalfClose(fault.Kind == "half-close up");
                return;
            case "refuse":
                wire.Refuses = true;
                wire.Cut();
                break;
            case "dead":
                wire.IsDead = true;
                break;
            case "delay":
                wire.Delay = TimeSpan.FromMilliseconds(20 + (fault.Draw % 400));
                break;
        }

        await Task.Delay(fault.Lasts, TimeProvider.System);
        (wire.Refuses, wire.IsDead, wire.Delay) = (false, false, TimeSpan.Zero);
    }

    private static async Task StandStillAsync(IReadOnlyList<int> processes, TimeSpan time)
    {
        foreach (var process in processes) Processes.Signal(process, Signals.Stop);
        await Task.Delay(time, TimeProvider.System);
        foreach (var process in processes) Processes.Signal(process, Signals.Continue);
    }
}
