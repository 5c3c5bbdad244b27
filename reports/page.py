from reports.sweep_folder import SweepFolder


def write_report(folder: SweepFolder):
    folder.report_path.write_text("x")
    return folder.report_path
